# shellcheck shell=bash
# Runs test projects and adds up their counts. Sourced by ./test after setup.sh.

passed=0
failed=0
skipped=0
results=$artifacts/test-results

# tally NAME PASSED FAILED SKIPPED START
tally() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    skipped=$((skipped + $4))
    seconds "$5"
    printf '%s: %d passed, %d failed, %d skipped (%s)\n' "$1" "$2" "$3" "$4" "$REPLY"
}

# quietly NAME LOG COMMAND…: output into LOG, the clock on standard error; the command's status.
quietly() {
    local name=$1 output=$2 start status=0
    shift 2
    now
    start=$REPLY
    tick "$name" "$start" >/dev/null &
    ticker=$!
    trap 'kill "$ticker" 2>/dev/null || true' EXIT
    "$@" >"$output" 2>&1 </dev/null || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    trap - EXIT
    [[ ! -t 2 ]] || tell '\r\033[K'
    return "$status"
}

build_all() {
    rm -rf "$results"
    mkdir -p "$results"
    local start
    now
    start=$REPLY
    if ! quietly "building" "$results/build.log" "$dotnet" build Winnow.slnx -c Release --nologo -v quiet; then
        grep -E 'error|warning' "$results/build.log" | sort -u | head -n 40 || tail -n 40 "$results/build.log"
        tally "build" 0 1 0 "$start"
        finish
    fi
    seconds "$start"
    printf 'build: %s\n' "$REPLY"
}

check_format() {
    mkdir -p "$artifacts"
    local start
    now
    start=$REPLY
    if quietly "formatting" "$artifacts/format.log" "$dotnet" format whitespace . --folder --exclude artifacts/ --verify-no-changes; then
        tally "format" 1 0 0 "$start"
    else
        grep error "$artifacts/format.log" | head -n 20 || cat "$artifacts/format.log"
        echo "remedy: dotnet format whitespace . --folder --exclude artifacts/"
        tally "format" 0 1 0 "$start"
    fi
}

# Why tests were skipped, each reason once with how many it hit.
skip_reasons() {
    awk '/<UnitTestResult .*outcome="NotExecuted"/ { waiting = 1 }
        waiting && match($0, /<Message>.*<\/Message>/) { print substr($0, RSTART + 9, RLENGTH - 19); waiting = 0 }' "$1" \
        | sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g' | sort | uniq -c | sed 's/^ *\([0-9]*\) /  \1 skipped: /'
}

# run_project FOLDER OPTION…: counts come from the result file, never from text meant for people. A host that died and a project in which
# nothing ran are failures.
run_project() {
    local folder=$1 name=${1##*/} status=0 start total=0 executed=0 ok=0 bad=0
    shift
    now
    start=$REPLY
    quietly "$name" "$results/$name.log" "$dotnet" test "$folder" -c Release --no-build --nologo --results-directory "$results" \
        --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" "$@" || status=$?
    if [[ -f $results/$name.trx ]]; then
        read -r total executed ok < <(sed -n 's/.*<Counters total="\([0-9]*\)" executed="\([0-9]*\)" passed="\([0-9]*\)".*/\1 \2 \3/p' "$results/$name.trx") || true
    fi
    bad=$((executed - ok))
    if ((status != 0 && bad == 0)); then
        echo "$name: ended with code $status before its tests were done"
        bad=1
    elif ((total == 0 && $# == 0)); then
        echo "$name: ran no tests"
        bad=1
    fi
    # A test's own line, its message and its trace; the runner's banner isn't news, and a trace may be endless.
    ((bad == 0)) || grep -vE '^(Test run for|VSTest version|Starting test|A total of|Results File|$)|\[(FAIL|SKIP)\]$|^  Skipped ' \
        "$results/$name.log" | cut -c1-300 | head -n 200 || true
    ((total == executed)) || skip_reasons "$results/$name.trx"
    tally "$name" "$ok" "$bad" "$((total - executed))" "$start"
}

# run_lines NAME COMMAND…: every line "ok NAME", "not ok NAME" or "skip NAME" is one test; a command that ends otherwise than by itself is a failure.
run_lines() {
    local name=$1 start status=0 ok bad skip log
    shift
    log=$results/${name//\//-}.log
    now
    start=$REPLY
    quietly "$name" "$log" "$@" || status=$?
    ok=$(grep -c '^ok ' "$log" || true)
    bad=$(grep -c '^not ok ' "$log" || true)
    skip=$(grep -c '^skip ' "$log" || true)
    if ((bad == 0 && (status != 0 || ok + skip == 0))); then
        echo "$name: ended with code $status before its tests were done"
        bad=1
    fi
    ((bad == 0)) || cat "$log"
    ((skip == 0)) || sed -n 's/^skip [^ ]* */  skipped: /p' "$log" | sort | uniq -c
    tally "$name" "$ok" "$bad" "$skip" "$start"
}

run_script_tests() {
    local file name
    for file in "$root"/tests/scripts/*_tests.sh; do
        name=scripts/${file##*/}
        run_lines "${name%.sh}" bash "$file"
    done
}

# The Python package, with the system's Python or the one named in PYTHON.
run_python_tests() {
    local python=${PYTHON:-/usr/bin/python3}
    if ! "$python" -c 'import numpy' 2>/dev/null; then
        echo "  1 skipped: no numpy in $python"
        tally "bindings/python" 0 0 1 "${EPOCHREALTIME/[.,]/}"
        return
    fi
    run_lines "bindings/python" "$python" -B "$1/tests/run.py"
}

# The one line that says it all, and the exit code.
finish() {
    if ((passed + failed == 0)); then
        echo "no test ran"
        failed=1
    fi
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    ((failed == 0)) || exit 1
    exit 0
}
