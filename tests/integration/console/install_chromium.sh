#!/bin/sh
# Makes sure that there is a Chromium: any that is there will do, or else the system's package is installed.
set -eu

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" > /dev/null; then exit 0; fi
done

if ! command -v apt-get > /dev/null; then
  echo "Install Chromium with this system's package manager, so that chromium is on the PATH. Without it, 'make test' skips the tests of the web console." >&2
  exit 1
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2> /dev/null; then
    echo "Run 'sudo apt-get install chromium', and this again. Without it, 'make test' skips the tests of the web console." >&2
    exit 1
  fi
  as_root="sudo -n"
fi

echo "installing the package chromium"
# Lists that are years old name packages that are gone; lists that are not there name none.
$as_root apt-get update --quiet=2 || true
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends chromium fonts-dejavu-core > /dev/null
