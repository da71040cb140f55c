# shellcheck shell=bash
# Tests of the scripts print "ok NAME" or "not ok NAME" for each; this counts those that failed.

failures=0

# check NAME CONDITION…: a condition is a bash expression, evaluated. Where one doesn't hold, what was last run is shown: code, out and err, as far as they are set.
check() {
    local name=$1 condition
    shift
    for condition in "$@"; do
        if ! eval "$condition"; then
            printf 'not ok %s\n  condition: %s\n  code %s\n  out: %s\n  err: %s\n' "$name" "$condition" "${code-}" "${out-}" "${err-}"
            failures=$((failures + 1))
            return
        fi
    done
    echo "ok $name"
}
