# SPDX-License-Identifier: GPL-2.0-or-later
"""An archive in the place of Debian's, which Debian did not sign. Prints its port; what it is asked goes to stderr."""
import http.server
import sys

RELEASE = b"""Origin: Debian
Suite: sid
Codename: sid
Date: Sat, 01 Jan 2022 00:00:00 UTC
Components: main
Architectures: amd64
"""


class Forged(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if not self.path.endswith("Release"):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(RELEASE)))
        self.end_headers()
        self.wfile.write(RELEASE)

    def log_message(self, *args):
        sys.stderr.write("GET " + self.path + "\n")


server = http.server.HTTPServer(("127.0.0.1", 0), Forged)
print(server.server_port, flush=True)
server.serve_forever()
