# shellcheck shell=bash
# Lines for people on standard error, and steps with their time. Sourced; expects nothing.

# Whoever reads standard error may be gone, or its disk full: what is done here goes on without telling. A descriptor that is closed would be given to the next
# file that is opened, which then would get the lines.
trap '' PIPE
for descriptor in 0 1 2; do
    [[ -e /proc/self/fd/$descriptor || ! -d /proc/self/fd ]] || eval "exec $descriptor<>/dev/null"
done

# tell FORMAT ARGUMENT…: printf to standard error, if it can be written.
tell() {
    # shellcheck disable=SC2059 # the caller's format
    printf "$@" >&2 2>/dev/null || true
}

say() { tell 'winnow: %s\n' "$*"; }

# die CODE LINE…: 2 for what the caller can put right (wrong use, something missing), 1 for what failed while running.
die() {
    local code=$1
    shift
    say "$1"
    shift
    (($# == 0)) || tell '  %s\n' "$@"
    exit "$code"
}

# Microseconds. The decimal sign of EPOCHREALTIME depends on the locale.
now() { REPLY=${EPOCHREALTIME/[.,]/}; }

# seconds SINCE: "3.4 s" in REPLY.
seconds() {
    now
    local tenths=$(((REPLY - $1) / 100000))
    REPLY="$((tenths / 10)).$((tenths % 10)) s"
}

# Shows after two seconds that a step is still going on: every second on a terminal, every twenty in a log.
tick() {
    local name=$1 start=$2 pause=1
    [[ -t 2 ]] || pause=20
    sleep 2 </dev/null >/dev/null 2>&1
    while kill -0 $$ 2>/dev/null; do
        seconds "$start"
        if [[ -t 2 ]]; then
            tell '\rwinnow: %s ... %s ' "$name" "$REPLY"
        else
            say "$name ... $REPLY"
        fi
        sleep "$pause" </dev/null >/dev/null 2>&1
    done
}

# step NAME COMMAND…: runs it with all output in $log. The command stays in the foreground, so that an interrupt reaches it; only the
# clock runs beside it.
step() {
    local name=$1 start status=0
    shift
    now
    start=$REPLY
    tick "$name" "$start" 9>&- &
    ticker=$!
    trap 'kill "$ticker" 2>/dev/null || true' EXIT
    printf '\n== %s: %s\n' "$name" "$*" >>"$log"
    "$@" >>"$log" 2>&1 </dev/null 9>&- || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    trap - EXIT
    seconds "$start"
    [[ ! -t 2 ]] || tell '\r\033[K'
    if ((status != 0)); then
        say "$name: failed after $REPLY; the end of $log:"
        awk '/^== / { text = "" } { text = text $0 "\n" } END { printf "%s", text }' "$log" | tail -n 25 | sed 's/^/  /' >&2 2>/dev/null || true
        exit 1
    fi
    say "$name: $REPLY"
}
