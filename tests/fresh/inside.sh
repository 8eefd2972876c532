#!/bin/sh
# Runs inside the bare machine: inside.sh SCENARIO PLACE PORT STEP…
# shellcheck disable=SC2016 # what is quoted is for another shell
set -eu
scenario=$1 place=$2 port=$3
shift 3
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
unset LANG LC_ALL PYTHON

now() { date +%s; }

# The people of this machine. Only sudo itself is added: it is what the scenario is about.
if [ "$scenario" != root ]; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get -q update && apt-get -q install -y --no-install-recommends sudo; } >/dev/null
    useradd --home-dir /home/marie --shell /bin/sh marie
    echo 'marie ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/marie
    chown -R marie:marie /home/marie
    unset DEBIAN_FRONTEND
fi
rm -rf /var/lib/apt/lists/*

# as_person COMMAND…: in the project's folder, with the environment of a plain session
as_person() {
    # shellcheck disable=SC2046 # one assignment a line, no spaces inside
    if [ "$scenario" = root ]; then
        env -i HOME=/root PATH="$PATH" $(cat /environment) sh -c 'cd "$0" && exec "$@"' "$place" "$@"
    else
        su marie -c 'cd "$0" && exec "$@"' -- "$place" env -i HOME=/home/marie PATH="$PATH" \
            $(cat /environment) "$@"
    fi
}

answers() { # no curl here: the project's own Python asks
    "$place/.venv/bin/python" - "$port" 2>/dev/null <<'END'
import sys, urllib.request
urllib.request.urlopen(f"http://localhost:{sys.argv[1]}/", timeout=2)
END
}

# Starts the app, waits until it answers, says after how long, and stops it.
app() {
    begun=$(now)
    notes=$(mktemp -d) && chmod 777 "$notes" # written by the person, read by us
    # the number stays the same through every exec, down to the server
    as_person sh -c 'echo $$ >"$1/pid"; exec env PORT="$0" ./run app' "$port" "$notes" \
        >"$notes/log" 2>&1 &
    job=$!
    while ! answers; do
        if ! kill -0 "$job" 2>/dev/null; then
            cat "$notes/log"
            echo "$scenario: the app ended before it answered"
            return 1
        fi
        if [ $(($(now) - begun)) -gt 1200 ]; then
            tail -n 50 "$notes/log"
            echo "$scenario: no answer after 20 minutes"
            return 1
        fi
        sleep 0.5 # asking costs a Python each time, on a machine that is at work
    done
    took=$(($(now) - begun))
    tail -n 12 "$notes/log" | sed 's/^/    /'
    echo "$scenario: ./run app ($1) answers after $took s"
    kill "$(cat "$notes/pid")"
    wait "$job" || true
    if ps_has_postgres; then
        echo "$scenario: the store still runs after the app ended"
        return 1
    fi
    for cluster in /var/lib/postgresql/*/main; do
        if [ -e "$cluster" ]; then
            echo "$scenario: installing PostgreSQL made a cluster of the system's, $cluster"
            return 1
        fi
    done
    if [ "$took" -gt "$2" ]; then
        # the next steps are worth knowing all the same
        echo "$scenario: more than the $2 s it may take (load $(cut -d' ' -f1 /proc/loadavg)" \
            "on $(nproc) cores)"
        slow=1
    fi
}

ps_has_postgres() {
    for one in /proc/[0-9]*/comm; do
        case $(cat "$one" 2>/dev/null) in postgres*) return 0 ;; esac
    done
    return 1
}

slow=0
for step in "$@"; do
    begun=$(now)
    case $step in
    app)
        app "first start" 1200
        app "second start" 15
        ;;
    shell) (cd "$place" && exec sh -i) ;;
    *)
        # shellcheck disable=SC2086 # a command and its words
        as_person ./run $step
        echo "$scenario: ./run $step took $(($(now) - begun)) s"
        ;;
    esac
done
exit "$slow"
