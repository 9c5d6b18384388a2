"""What goes wrong."""


class Trouble(Exception):
    """A server that does not do what it should; the run goes on without it and says so."""
