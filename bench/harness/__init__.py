"""Compares doord with the servers of others: the same zones and questions, interleaved, CPU from /proc."""
