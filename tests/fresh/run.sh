#!/bin/sh
# A bare Debian 12 (debootstrap --variant=minbase, in a chroot), the commit at hand, and the two
# commands: what somebody meets on an empty machine.
#
#   tests/fresh/run.sh [SCENARIO…] [-- COMMAND…]
#
# Scenarios (all three by default): root (from root's home), sudo (an ordinary user who may sudo),
# path (the same, in a 120-character path with a space and an accent). Steps (default: app test):
#   -- setup | app | test | "test tests/test_one.py" | shell
# Needs root and debootstrap. Package sources, pip's configuration, certificates and proxies are
# those of this machine. Prints the measured times; exits non-zero when anything fails.
# shellcheck disable=SC2016 # what is quoted is for another program
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
CACHE=${OBSERVATOIRE_FRESH_CACHE:-/var/cache/observatoire-fresh}
SUITE=bookworm

say() { printf '%s\n' "$*" >&2; }

# --- the bare machine --------------------------------------------------------------------------

mirror() {
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v suite="$SUITE" '$2 == suite && $3 == "main" { print $1; exit }'
}

bare_system() {
    tarball=$CACHE/$SUITE-minbase.tar
    if [ ! -f "$tarball" ]; then
        say "making a bare $SUITE"
        mkdir -p "$CACHE"
        draft=$(mktemp -d "$CACHE/draft.XXXXXX")
        debootstrap --variant=minbase "$SUITE" "$draft" "$(mirror)" >"$CACHE/debootstrap.log" 2>&1
        tar -C "$draft" -cf "$tarball.part" .
        mv "$tarball.part" "$tarball"
        rm -rf "$draft"
    fi
    tar -C "$1" -xf "$tarball"
}

# The host's own ways to the packages: nothing else of it is visible from inside.
lend_configuration() {
    for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/trusted.gpg.d \
        /etc/apt/keyrings /etc/apt/auth.conf.d /etc/apt/preferences.d /etc/resolv.conf /etc/hosts \
        /usr/local/share/ca-certificates /etc/pip.conf /etc/xdg/pip; do
        [ ! -e "$path" ] || (cd / && tar -chf - "${path#/}") | tar -C "$1" -xf -
    done
    # of apt's settings, those about reaching the archives
    { apt-config dump | grep -E '^Acquire::(Check-|http|https|Retries|ForceIPv)' || true; } \
        >"$1/etc/apt/apt.conf.d/99host"
    if [ -f /etc/pip.conf ] || [ -d /etc/xdg/pip ]; then
        mkdir -p "$1/etc/ssl/certs"
        cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
    fi
}

host_environment() {
    env | grep -E '^([a-z]+_proxy|[A-Z]+_PROXY|PIP_[A-Z_]+|UV_[A-Z_]+|SSL_CERT_FILE)=' |
        grep -vE '^PIP_(FIND_LINKS|CONSTRAINT)=' || true
}

# A port nobody listens on: the network is the host's.
free_port() {
    port=$((20000 + $$ % 10000))
    while grep -q "$(printf ':%04X 0' "$port")" /proc/net/tcp /proc/net/tcp6; do
        port=$((port + 1))
    done
    echo "$port"
}

# --- one scenario ------------------------------------------------------------------------------

place_of() {
    case $1 in
    root) echo /root/observatoire ;;
    sudo) echo /home/marie/observatoire ;;
    path)
        start="/home/marie/Quartiers prioritaires de la politique de la ville – été "
        printf '%s' "$start"
        awk -v left=$((120 - $(printf %s "$start" | wc -m))) \
            'BEGIN { while (left-- > 0) printf "x" }'
        ;;
    esac
}

run_scenario() {
    scenario=$1 root=$2
    shift 2
    bare_system "$root"
    chmod 755 "$root" # mktemp closes it to the people inside
    lend_configuration "$root"
    place=$(place_of "$scenario")
    mkdir -p "$root${place%/*}"
    git clone -q --no-hardlinks . "$root$place"
    cp tests/fresh/inside.sh "$root/inside.sh"
    host_environment >"$root/environment"
    say "== $scenario: $place ($(printf %s "$place" | wc -m) characters)"
    # a namespace of its own: when the script inside ends, all it started ends, mounts included
    unshare --mount --pid --fork --kill-child sh -c '
        mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" &&
        mount -t tmpfs -o mode=1777 tmp "$1/dev/shm" 2>/dev/null || true
        root=$1; shift
        exec chroot "$root" /bin/sh /inside.sh "$@"
    ' sh "$root" "$scenario" "$place" "$(free_port)" "$@"
}

scenarios=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    scenarios="$scenarios $1"
    shift
done
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- app test
[ "$(id -u)" = 0 ] || { say "this check needs root"; exit 1; }
command -v debootstrap >/dev/null || { say "this check needs debootstrap"; exit 1; }

mkdir -p "$CACHE"
failed=
for scenario in ${scenarios:-root sudo path}; do
    root=$(mktemp -d "$CACHE/$scenario.XXXXXX")
    set +e # `( … ) || …` would let a failing step pass
    (
        set -e
        run_scenario "$scenario" "$root" "$@"
    )
    # shellcheck disable=SC2181 # same reason
    [ $? -eq 0 ] || failed="$failed $scenario"
    set -e
    rm -rf --one-file-system "$root" # this run's own: another may be at work beside it
done
[ -z "$failed" ] || { say "failed:$failed"; exit 1; }
say "all passed"
