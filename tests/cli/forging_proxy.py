"""A proxy before a node that makes up the receipts: nothing that is submitted reaches anybody.

Usage: forging_proxy.py URL. Prints its own URL, and forwards what is read from URL.
"""
import base64
import http.server
import json
import sys
import urllib.error
import urllib.request

upstream = sys.argv[1]


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            if name.lower() in ("content-type", "tally-index", "tally-network", "tally-node"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def forward(self, body):
        request = urllib.request.Request(upstream + self.path, data=body)
        if body is not None:
            request.add_header("Content-Type", self.headers["Content-Type"])
        try:
            with urllib.request.urlopen(request) as reply:
                self.answer(reply.status, reply.headers.items(), reply.read())
        except urllib.error.HTTPError as error:
            self.answer(error.code, error.headers.items(), error.read())

    def do_GET(self):
        self.forward(None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.path.startswith("/v1/submissions"):
            return self.forward(body)
        # A transaction begins with its id: field 1, 16 bytes.
        sent = [base64.b64decode(one) for one in json.loads(body)["transactions"]]
        receipt = {
            "block": 99, "block_time": "2024-01-31T09:00:00.000Z", "header_entry": 998,
            "replayed": False, "applied_index": 99, "certified_size": 2000,
            "transactions": [{"id": one[2:18].hex(), "outcome": "accepted", "entry": 999 + at,
                              "repeated": False} for at, one in enumerate(sent)]}
        self.answer(200, [("Content-Type", "application/json")], json.dumps(receipt).encode())

    def log_message(self, *unused):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
