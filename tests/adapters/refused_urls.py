"""URLs that must not be asked for, in every spelling that we know of."""

from __future__ import annotations

REFUSED_URLS = (
    # one address in many bases and lengths
    *("http://127.0.0.1/", "http://127.0.0.1./", "http://127.1/", "http://127.0.1/"),
    *("http://2130706433/", "http://017700000001/", "http://0x7f000001/", "http://0x7F.0.0.1/"),
    *("http://0177.0.0.1/", "http://0x7f.1/", "http://127.0.0.0x1/", "http://127.00.00.01/"),
    *("http://0x7f.0x0.0x0.0x1/", "http://127.0.0.01/", "http://0/", "http://0.0.0.0/", "http://0x/"),
    *("http://1/", "http://foo.0x10/", "http://foo.123/", "http://169.254.169.254/latest/"),
    *("http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://10.0.0.1/"),
    *("http://93.184.216.34/", "https://1572395042/", "http://192.168.0.1:80/"),
    # addresses of the newer kind
    *("http://[::1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/"),
    *("http://[0:0:0:0:0:ffff:7f00:1]/", "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/"),
    *("http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://[2606:4700::1111]/"),
    *("http://[::1]:80/", "http://[v1.a]/", "http://[::1/", "http://::1/"),
    # digits and dots of other scripts, which readers turn into the plain ones
    *("http://①②⑦.0.0.1/", "http://127。0。0。1/", "http://１２７.0.0.1/", "http://ⓛocalhost/"),
    # escapes, and places where two readers see two hosts
    *("http://%31%32%37.0.0.1/", "http://127%2e0.0.1/", "http://acme.example%00.evil.test/"),
    *("http://acme.example@127.0.0.1/", "http://127.0.0.1@acme.example/", "http://u:p@a.example/"),
    *("http://acme.example\\@127.0.0.1/", "http://127.0.0.1\\.acme.example/", "http:\\\\127.0.0.1"),
    *("http://acme.example\t/", "http://127.0.0.1\n.acme.example/", "http://acme.example /"),
    *("http:///127.0.0.1/", "http://", "http:127.0.0.1", "//acme.example/", "acme.example"),
    # names that mean this machine or this network
    *("http://localhost/", "http://LOCALHOST/", "http://localhost./", "http://a.localhost/"),
    *("http://printer.local/", "http://metadata.google.internal/", "http://nas.lan/"),
    *("http://router.home.arpa/", "http://x.localdomain/", "http://intranet/", "http://a..example/"),
    *("http://acme.example../", "http://.acme.example/", f"http://{'a' * 64}.example/"),
    # other ports and schemes
    *("http://acme.example:22/", "http://acme.example:8080/", "https://acme.example:6379/"),
    *("http://acme.example:0/", "http://acme.example:99999/", "http://acme.example:/"),
    *("http://acme.example:8x/", "http://acme.example:-80/", "ftp://acme.example/"),
    *("file:///etc/passwd", "gopher://acme.example/", "javascript:alert(1)", "data:text/html,x"),
    *("ws://acme.example/", "", "http+unix://%2Ftmp%2Fs/"),
)  # fmt: skip
