#!/bin/sh
# What some tests need from Debian: Chromium with the library Playwright's driver is linked with, and libfaketime for
# clocks that step. Where it cannot be installed those tests are skipped, and say so.
set -e
wanted=""
command -v chromium >/dev/null && ldconfig -p | grep -q 'libatomic\.so\.1' || wanted="chromium libatomic1"
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || wanted="$wanted libfaketime"
if [ -z "$wanted" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing, and no right to install it:" $wanted "- the tests that need it are skipped" >&2
    exit 0
fi
echo "installing for the tests:" $wanted >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends $wanted >/dev/null
