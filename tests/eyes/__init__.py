"""Every page of the console, as every role, in both languages and looks, wide and on a phone: judged, and pictured.

Longer than tests may take, so nobody waits for it but who changes pages: `make eyes`, then look at the sheets.
"""
