#!/bin/sh
# docs/deploiement.md, done: its commands are run as they are written, on a copy of this machine
# that lives in memory, and systemd itself starts the units, without a network. Needs root, systemd,
# overlayfs and a cgroup2 hierarchy; ends with 77 when this machine does not lend itself to it.
# shellcheck disable=SC2016 # what is quoted is for another shell
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/../.."
CLONE=$(pwd -P)

say() { printf '%s\n' "$*" >&2; }

# The commands of one section of the page, in the order of the page.
section() {
    awk -v name="$1" '/^##+ / { on = ($0 ~ "^##+ " name "$") } on && /^```sh/ { code = 1; next }
        /^```/ { code = 0 } on && code' "$CLONE/docs/deploiement.md"
}

# --- the outside: a cgroup and namespaces of its own, gone at the end --------------------------

outside() {
    systemd=/lib/systemd/systemd
    [ "$(id -u)" = 0 ] && [ -x "$systemd" ] || { say "needs root and systemd"; exit 77; }
    groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
    [ -n "$groups" ] && grep -q overlay /proc/filesystems ||
        { say "needs cgroup2 and overlayfs"; exit 77; }
    group=$groups/observatoire-service-$$
    mkdir "$group" 2>/dev/null || { say "may not make a cgroup"; exit 77; }
    work=$(mktemp -d)
    mkdir "$work/out"
    status=0
    sh -c 'echo $$ >"$1/cgroup.procs" && exec unshare --cgroup --mount --ipc --uts --fork \
        --kill-child "$0" machine "$2"' "$CLONE/tests/fresh/service.sh" "$group" "$work" || status=$?
    for _ in 1 2 3 4 5 6 7 8 9 10; do # the last processes take a moment to end
        find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
        [ -d "$group" ] || break
        sleep 1
    done
    cat "$work/out/log" 2>/dev/null || true
    [ "$status" != 0 ] || status=$(cat "$work/out/status")
    rm -rf "$work"
    exit "$status"
}

# --- the machine: this one's files below, what changes in memory above ---------------------------

machine() {
    work=$1 root=$1/disk/root
    mount --make-rprivate /
    mkdir "$work/disk" && mount -t tmpfs -o size=6g disk "$work/disk"
    mkdir "$work/disk/above" "$work/disk/work" "$root"
    layers=lowerdir=/,upperdir=$work/disk/above,workdir=$work/disk/work
    mount -t overlay -o "$layers" machine "$root" || exit 77
    rm -rf "$root/var/lib/observatoire" "$root/var/backups/observatoire" "$root/opt/observatoire"
    mount -t tmpfs -o mode=1777 tmp "$root/tmp"
    mount -t tmpfs -o mode=755 run "$root/run"
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    mkdir "$root/src" "$root/out"
    mount --bind "$CLONE" "$root/src"
    mount --bind "$work/out" "$root/out"
    # apt's lines are ./run's own affair here; the settings are left as they are shipped
    { echo 'set -eu; editor() { :; }' && section Installer | sed '/^apt-get/d'; } >"$root/install"
    safe="GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*"
    set -f # $safe holds a star
    # shellcheck disable=SC2086 # assignments
    chroot "$root" env $safe DEPOT=/src VERSION="$(git -c safe.directory='*' rev-parse HEAD)" \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh /install >"$work/out/log" 2>&1
    set +f
    umount "$root/proc"
    quiet "$root/etc/systemd/system"
    unshare --pid --net --mount --fork --kill-child "$CLONE/tests/fresh/service.sh" boot "$root" &
    booted=$!
    left=1500
    while [ ! -s "$work/out/status" ] && kill -0 "$booted" 2>/dev/null && [ "$left" -gt 0 ]; do
        sleep 1
        left=$((left - 1))
    done
    kill -KILL "$booted" 2>/dev/null || true # and all that runs there
    wait "$booted" 2>/dev/null || true
    [ -s "$work/out/status" ] || { say "the machine did not finish"; exit 1; }
}

# What the other services of this machine are is none of our business.
quiet() {
    rm -rf "$1"/*.wants "$1"/*.requires
    for unit in systemd-udevd.service systemd-udev-trigger.service systemd-sysctl.service \
        systemd-modules-load.service systemd-remount-fs.service systemd-random-seed.service \
        systemd-logind.service systemd-binfmt.service systemd-update-utmp.service \
        kmod-static-nodes.service systemd-pstore.service getty.target apparmor.service \
        dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
        sys-kernel-config.mount sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount \
        systemd-udevd-control.socket systemd-udevd-kernel.socket; do
        ln -sf /dev/null "$1/$unit"
    done
    : >"$1/../../fstab"
    ln -sf multi-user.target "$1/default.target"
    mkdir "$1/multi-user.target.wants"
    ln -s ../tour.service "$1/multi-user.target.wants/tour.service"
    cat >"$1/tour.service" <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/src/tests/fresh/service.sh tour
StandardOutput=append:/out/log
StandardError=inherit
TimeoutStartSec=infinity
UNIT
}

boot() {
    root=$1
    ip link set lo up
    mount -t proc proc "$root/proc"
    mount --bind "$root/proc/sys" "$root/proc/sys"
    mount -o remount,bind,ro "$root/proc/sys"
    mount -t sysfs -o ro sys "$root/sys"
    mount -t cgroup2 groups "$root/sys/fs/cgroup"
    mkdir "$root/old"
    cd "$root"
    pivot_root . old
    umount -l /old
    exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
        --log-target=null </dev/null >/dev/null 2>&1
}

# --- the administrator's day ---------------------------------------------------------------------

fail() {
    echo "FAILED: $*"
    systemctl --no-pager --full status 'observatoire*' || true
    echo 1 >/out/status
    exit 1
}

# done_as_written SECTION [KEPT]: its commands, at once; those that match KEPT only, when given
done_as_written() {
    say "== $1"
    # before the command is there
    /usr/local/bin/observatoire retention --help >/dev/null 2>&1 || skip='^observatoire retention'
    { echo 'set -eu'; section "$1" | grep -E "${2:-.}" | grep -vE "${skip:-^$}"; } >/run/section
    (cd /opt/observatoire && umask 077 && sh /run/section) || fail "$1"
}

health() { # STATUS: what the app says of itself, within two minutes
    begun=$(date +%s)
    until [ "$(/opt/observatoire/.venv/bin/python - 2>/dev/null <<'PYTHON'
import urllib.error, urllib.request
try:
    print(urllib.request.urlopen("http://127.0.0.1:8501/sante", timeout=20).status)
except urllib.error.HTTPError as error:
    print(error.code)
PYTHON
    )" = "$1" ]; do
        [ $(($(date +%s) - begun)) -lt 120 ] || fail "no $1 within two minutes"
        sleep 1
    done
    say "/sante: $1 after $(($(date +%s) - begun)) s"
}

both_active() {
    for unit in observatoire-store observatoire; do
        systemctl start "$unit" && systemctl is-active --quiet "$unit" || fail "$unit is not active"
    done
}

tour() {
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    VERSION=$(git -C /opt/observatoire rev-parse HEAD)
    GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
    ANCIENNE=$VERSION
    export PATH VERSION ANCIENNE GIT_CONFIG_COUNT GIT_CONFIG_KEY_0 GIT_CONFIG_VALUE_0
    exec 2>&1
    begun=$(date +%s)
    done_as_written "Les services"
    say "ready after $(($(date +%s) - begun)) s"
    health 200
    done_as_written Sauvegarder '^systemctl'
    COPIE=$(find /var/backups/observatoire -name '*.dump')
    export COPIE
    ls -l "$COPIE"
    say "== the app is killed, then the store"
    systemctl kill --signal=KILL observatoire
    sleep 2
    health 200
    systemctl kill --signal=KILL observatoire-store
    health 503
    health 200
    both_active
    systemctl restart observatoire-store
    health 200
    done_as_written "Mettre à jour"
    health 200
    done_as_written Rétablir
    health 200
    done_as_written "Revenir en arrière"
    both_active
    health 200
    case $(cat /var/lib/observatoire/socket) in
    /run/observatoire/*) ;;
    *) fail "the socket is not in the service's folder" ;;
    esac
    echo 0 >/out/status
}

case ${1:-} in
"") outside ;;
machine | boot | tour) "$@" ;;
esac
