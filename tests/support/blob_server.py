"""A server of blobs over HTTPS that can be told to misbehave, and that checks the signatures of S3 (SigV4) by itself."""
import hashlib
import hmac
import http.server
import os
import ssl
import threading
import time

ACCESS, SECRET, TOKEN, REGION = 'AKIDEXAMPLE', 'a secret/that+signs', 'FwoGZXIvYXdzEtoken==', 'eu-test-1'


def signature(method, path, headers, names, payload, secret=SECRET):
    def mac(key, text):
        return hmac.new(key, text.encode(), hashlib.sha256).digest()
    when = headers['x-amz-date']
    scope = '%s/%s/s3/aws4_request' % (when[:8], REGION)
    canonical = '\n'.join([method, path, ''] + ['%s:%s' % (name, headers[name].strip()) for name in names] +
                          ['', ';'.join(names), payload])
    text = '\n'.join(['AWS4-HMAC-SHA256', when, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ('AWS4' + secret).encode()
    for step in (when[:8], REGION, 's3', 'aws4_request'):
        key = mac(key, step)
    return scope, mac(key, text).hex()


class BlobServer:
    """`blobs` {path: octets}; `mode` what is done to whoever fetches; `asked` [(method, path, range)]. With `signed`
    nobody gets or puts anything without a signature. with-statement."""

    def __init__(self, certificate=None, key=None, ca=None, signed=False):
        self.blobs, self.mode, self.asked, self.signed = {}, 'good', [], signed
        self.refused = []  # why requests were not authorized
        self.ending = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_):
                pass

            def do_GET(self):
                outer.get(self)

            def do_PUT(self):
                outer.put(self)

            def do_DELETE(self):
                outer.delete(self)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # clients that have enough close the connection

        self.server = Server(('127.0.0.1', 0), Handler)
        scheme = 'http'
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            if ca:
                context.load_verify_locations(ca)
                context.verify_mode = ssl.CERT_REQUIRED
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
            scheme = 'https'
        self.url = '%s%s://127.0.0.1:%d/bucket/doors/' % ('s3+' if signed else '', scheme, self.server.server_port)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.server.shutdown()
        self.server.server_close()

    def allowed(self, request, payload):
        if not self.signed:
            return True
        headers = {name.lower(): value for name, value in request.headers.items()}
        try:
            words = dict(word.strip().split('=', 1) for word in headers['authorization'].split(' ', 1)[1].split(','))
            names = words['SignedHeaders'].split(';')
            scope, wanted = signature(request.command, request.path, headers, names, headers['x-amz-content-sha256'])
            checks = {'names': {'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'} <= set(names),
                      'token': headers['x-amz-security-token'] == TOKEN,
                      'host': headers['host'] == '127.0.0.1:%d' % self.server.server_port,
                      'credential': words['Credential'] == ACCESS + '/' + scope,
                      'payload': headers['x-amz-content-sha256'] == hashlib.sha256(payload).hexdigest(),
                      'signature': hmac.compare_digest(wanted, words['Signature'])}
        except (KeyError, ValueError, IndexError) as error:
            checks = {repr(error): False}
        bad = [name for name, fine in checks.items() if not fine]
        if bad:
            self.refused.append((request.command, bad))
        return not bad

    def note(self, request):
        self.asked.append((request.command, request.path, request.headers.get('Range')))

    @staticmethod
    def answer(request, status, octets=b'', headers=()):
        request.send_response(status)
        for name, value in headers:
            request.send_header(name, value)
        request.send_header('Content-Length', str(len(octets)))
        request.end_headers()
        request.wfile.write(octets)

    def put(self, request):
        payload = request.rfile.read(int(request.headers['Content-Length']))
        self.note(request)
        if not self.allowed(request, payload):
            return self.answer(request, 403, b'<Error><Code>SignatureDoesNotMatch</Code></Error>')
        if self.mode == 'full':
            return self.answer(request, 507)
        self.blobs[request.path] = payload
        return self.answer(request, 200)

    def delete(self, request):
        self.note(request)
        if not self.allowed(request, b''):
            return self.answer(request, 403)
        return self.answer(request, 204 if self.blobs.pop(request.path, None) is not None else 404)

    def get(self, request):
        self.note(request)
        if not self.allowed(request, b''):
            return self.answer(request, 403)
        octets = self.blobs.get(request.path)
        if octets is None:
            return self.answer(request, 404)
        begin = request.headers.get('Range')
        begin = int(begin[len('bytes='):-1]) if begin else 0
        return getattr(self, 'get_' + self.mode)(request, octets, begin)

    # -- what it does to whoever asks ----------------------------------------------------------------------------------

    def get_good(self, request, octets, begin):
        if begin:
            self.answer(request, 206, octets[begin:], [('Content-Range', 'bytes %d-%d/%d' % (
                begin, len(octets) - 1, len(octets)))])
        else:
            self.answer(request, 200, octets)

    def begin(self, request, length, status=200):
        request.send_response(status)
        if length is not None:
            request.send_header('Content-Length', str(length))
        request.end_headers()
        request.close_connection = True

    def get_resumed(self, request, octets, begin):
        """A third at a time, then the connection breaks."""
        rest = octets[begin:]
        request.send_response(206 if begin else 200)
        request.send_header('Content-Length', str(len(rest)))
        request.send_header('Content-Range', 'bytes %d-%d/%d' % (begin, len(octets) - 1, len(octets)))
        request.end_headers()
        request.wfile.write(rest[:len(octets) // 3 + 1])
        request.close_connection = True

    def get_cut(self, request, octets, begin):
        self.begin(request, len(octets))
        request.wfile.write(octets[:len(octets) // 2])  # from the start again, whatever was asked

    def get_swapped(self, request, octets, begin):
        self.answer(request, 200, next(other for path, other in sorted(self.blobs.items()) if other != octets))

    def get_garbage(self, request, octets, begin):
        self.answer(request, 200, os.urandom(len(octets)))

    def get_giant(self, request, octets, begin):
        self.begin(request, 1 << 40)
        self.pour(request)

    def get_endless(self, request, octets, begin):
        self.begin(request, None)
        self.pour(request)

    def pour(self, request):
        try:
            while not self.ending.is_set():
                request.wfile.write(b'\0' * 65536)
        except OSError:
            pass

    def get_drip(self, request, octets, begin):
        self.begin(request, len(octets))
        for octet in octets:
            if self.ending.wait(0.05):
                return
            request.wfile.write(bytes([octet]))
            request.wfile.flush()

    def get_stall(self, request, octets, begin):
        self.ending.wait(60)
        request.close_connection = True

    def get_unwell(self, request, octets, begin):
        self.answer(request, 503)

    def get_elsewhere(self, request, octets, begin):
        """To another scheme, where the blob would even be."""
        self.answer(request, 302, headers=[('Location', self.elsewhere + request.path)])

    def get_round(self, request, octets, begin):
        self.answer(request, 302, headers=[('Location', request.path)])
