#!/bin/sh
# What some tests need from Debian: Chromium with the library Playwright's driver is linked with, libfaketime for clocks
# that step, Prometheus with promtool, its Pushgateway, age for encrypted secrets, nginx. Where it cannot be installed those tests are skipped,
# and say so. An ssh server, which some tests use where there is one, is not installed: it would run as a service.
set -e
wanted=""
command -v chromium >/dev/null && ldconfig -p | grep -q 'libatomic\.so\.1' || wanted="chromium libatomic1"
# Without it emoji in screenshots are empty boxes.
[ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] || wanted="$wanted fonts-noto-color-emoji"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || wanted="$wanted libfaketime"
programs=""
command -v promtool >/dev/null && command -v prometheus >/dev/null || programs="prometheus"
command -v prometheus-pushgateway >/dev/null || programs="$programs prometheus-pushgateway"
command -v nginx >/dev/null || programs="$programs nginx"
command -v age >/dev/null || wanted="$wanted age"
if [ -z "$wanted$programs" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing, and no right to install it:" $wanted $programs "- the tests that need it are skipped" >&2
    exit 0
fi
echo "installing for the tests:" $wanted $programs >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
[ -z "$wanted" ] || apt-get install -y -qq --no-install-recommends $wanted >/dev/null
[ -n "$programs" ] || exit 0
# Only their programs: installed as a whole, they would run as services of this machine.
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
chmod 755 "$unpacked"
(cd "$unpacked" && apt-get download -qq $programs >/dev/null 2>&1 && for package in *.deb; do dpkg -x "$package" .; done)
rm -f "$unpacked"/*.deb
for folder in bin sbin; do
    [ ! -d "$unpacked/usr/$folder" ] || install "$unpacked/usr/$folder"/* /usr/local/bin/
done
