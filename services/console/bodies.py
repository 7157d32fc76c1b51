"""How much a request may carry: three kinds of routes, a size for each.

A route says its own where it is declared (`max_body_size`), else its application's counts. FastAPI holds it to that:
what is announced as larger is refused unread, and what turns out to be larger is cut off there. The edge repeats the
sizes (deploy/edge/nginx.conf, deploy/kubernetes/edge/hosts.yaml); a test compares.
"""

JSON = 256 << 10
"""Bytes of a request of the API."""
FORM = 2 << 20
"""Bytes of a page's form; the longest is a catalogue's sheet."""
UPLOAD = 104 << 20
"""Bytes of a form with a file for a contact: Meta takes documents up to 100 MB. How large the file itself may be says
`REMANSO_CONSOLE_UPLOAD_MEGABYTES`. Such routes ask who calls before they read (`SignedInFirst`, `Once`)."""
