#!/usr/bin/env bash
# QEMU 10 for `iommu-check conformance qemu`, on Debian 12: the release itself has 7.2, which knows neither the RISC-V IOMMU nor
# first-stage translation in VT-d's scalable mode, so it comes from the release's backports. Needs root; does nothing where
# it is there already.
set -euo pipefail

readonly least=10
targets=$(dirname "$0")/../src/oracles/qemu

# What the comparisons with QEMU say they start.
named() {
  sed -n "s/^ *$1: '\([^']*\)',\$/\1/p" "$targets"/*/index.ts | sort -u
}
mapfile -t packages < <(named debianPackage)
mapfile -t programs < <(named program)

fail() {
  echo "install-qemu: $1" >&2
  exit 1
}

is_there() {
  local program version
  for program in "${programs[@]}"; do
    version=$("$program" --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9]*\).*/\1/p') || return 1
    [[ -n "$version" && "$version" -ge "$least" ]] || return 1
  done
}

[[ ${#programs[@]} -gt 0 && ${#programs[@]} -eq ${#packages[@]} ]] || fail "finds no programs and packages in $targets"
if is_there; then exit 0; fi

[[ $EUID -eq 0 ]] || fail 'needs root'
# shellcheck source=/dev/null
. /etc/os-release
[[ "${ID:-}" == debian ]] || fail "knows Debian alone, and this is ${PRETTY_NAME:-something else}"
codename=${VERSION_CODENAME:-}
[[ -n "$codename" ]] || codename=$(sed -n 's/.*(\(.*\)).*/\1/p' <<<"${VERSION:-}")

export DEBIAN_FRONTEND=noninteractive
suite=()
if [[ "$codename" == bookworm ]]; then
  suite=(-t bookworm-backports)
  if ! grep -rqs 'bookworm-backports' /etc/apt/sources.list /etc/apt/sources.list.d; then
    # The same mirror and key as the system's own packages.
    own=$(grep -ls '^Suites:.*\bbookworm\b' /etc/apt/sources.list.d/*.sources | head -n 1) || true
    uri=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' "${own:-/dev/null}" | head -n 1)
    key=$(sed -n 's/^Signed-By: *\([^ ]*\).*/\1/p' "${own:-/dev/null}" | head -n 1)
    printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\nSigned-By: %s\n' \
      "${uri:-http://deb.debian.org/debian}" "${key:-/usr/share/keyrings/debian-archive-keyring.gpg}" \
      >/etc/apt/sources.list.d/backports.sources
  fi
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${suite[@]}" "${packages[@]}" >/dev/null
is_there || fail "QEMU is installed, but older than version $least"
