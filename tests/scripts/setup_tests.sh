#!/usr/bin/env bash
# Tests of ./winnow's set-up on machines that this one isn't.
set -euo pipefail
# shellcheck source=machine.sh
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

machine fresh
winnow compare fashion-mnist "two words"
check "a fresh machine is set up and the program runs where the user is" '((code == 7))' \
    '[[ $out == "program ran in $machine/elsewhere with compare fashion-mnist two words" ]]' '(($(calls "dotnet publish") == 1))'
check "a run in one process builds nothing native and asks for no compiler" '(($(calls cmake) == 0))' '! grep -q "libgloo-dev\|cmake" "$machine/calls"'
check "the program is published for this system alone" 'grep -q "^dotnet publish .*--use-current-runtime" "$machine/calls"'
check "the data's package is asked for by name" \
    '[[ -d /usr/share/datasets/fashion-mnist ]] || grep -q "install --no-install-recommends dataset-fashion-mnist$" "$machine/calls"'
check "what is done is said on standard error with its time" '[[ $err =~ "winnow: building the program: "[0-9]+\.[0-9]" s" ]]' '[[ $err =~ "winnow: set up in "[0-9]+\.[0-9]" s" ]]'
: >"$machine/calls"
winnow train
check "a second run sets up nothing and says nothing" '[[ $out == "program ran in $machine/elsewhere with train" ]]' '[[ -z $err ]]' '(($(wc -l <"$machine/calls") == 1))'
winnow train --processes 2
check "several processes bring gloo and build what they exchange with" '((code == 7))' 'grep -q "install --no-install-recommends libgloo-dev$" "$machine/calls"' \
    '(($(calls "cmake --build") == 1))' '[[ $err =~ "winnow: building the exchanges between processes: "[0-9]+\.[0-9]" s" ]]'
: >"$machine/calls"
winnow train --processes=2
check "once" '((code == 7))' '[[ -z $err ]]' '(($(wc -l <"$machine/calls") == 1))'
winnow setup
check "setup alone doesn't run the program" '((code == 0))' '[[ -z $out ]]'

machine streams
for streams in '2>/dev/full' '2>&-' '2> >(true)' '0<&- 2>&-'; do
    rm -rf "$clone/artifacts"
    code=0
    out=$(cd "$machine/elsewhere" && eval "env -i HOME='$machine' PATH='$machine/bin' MACHINE='$machine' '$clone/winnow' info $streams") || code=$?
    err=""
    check "a fresh machine is set up where nobody can be told of it: $streams" '((code == 7))' '[[ $out == "program ran in $machine/elsewhere with info" ]]'
    echo broken >"$clone/src/Winnow.Cli/Program.cs"
    touch "$machine/broken"
    code=0
    out=$(cd "$machine/elsewhere" && eval "env -i HOME='$machine' PATH='$machine/bin' MACHINE='$machine' '$clone/winnow' info $streams") || code=$?
    check "and a failed build ends with 1: $streams" '((code == 1))'
    rm "$machine/broken"
    echo one >"$clone/src/Winnow.Cli/Program.cs"
done

machine fresh-again
winnow setup
sleep 0.01
echo two >"$clone/src/Winnow.Cli/Program.cs"
: >"$machine/calls"
winnow train
check "a changed program rebuilds the program alone" '((code == 7))' '(($(calls "dotnet publish") == 1))' '(($(calls cmake) == 0))' '(($(calls apt-get) == 0))'
check "the program of the earlier sources stays for those who are running it" '(($(find "$clone/artifacts/winnow" -mindepth 1 -maxdepth 1 | wc -l) == 2))'
echo two >"$clone/native/winnow_gloo/group.cpp"
: >"$machine/calls"
winnow setup
check "changed exchanges rebuild the exchanges alone" '(($(calls "dotnet publish") == 0))' '(($(calls "cmake --build") == 1))'
rm "$clone/artifacts/native/libwinnow_gloo.so"
winnow train --processes 2
check "a lost library is built again" '((code == 7))' '[[ -f $clone/artifacts/native/libwinnow_gloo.so ]]'
for i in 1 2 3 4; do
    echo "version $i" >"$clone/src/Winnow.Cli/Program.cs"
    winnow train
done
check "old programs go" '(($(find "$clone/artifacts/winnow" -mindepth 1 -maxdepth 1 | wc -l) == 3))'
echo broken >"$clone/src/Winnow.Cli/Program.cs"
touch "$machine/broken"
winnow train
check "a failed build shows its end and ends with 1" '((code == 1))' '[[ -z $out ]]' '[[ $err == *"building the program: failed after"*"error CS1002"* ]]' '[[ $err != *"exchanges"* ]]'
rm "$machine/broken"
winnow train
check "after a failed build the next call builds" '((code == 7))'

machine link
ln -s "$clone/winnow" "$machine/bin/winnow-link"
code=0
out=$(cd "$machine/elsewhere" && env -i HOME="$machine" PATH="$machine/bin" MACHINE="$machine" winnow-link info 2>"$machine/err") || code=$?
err=$(<"$machine/err")
check "it may be called through a link" '((code == 7))' '[[ $out == "program ran in $machine/elsewhere with info" ]]'

machine lists
touch "$machine/no-lists"
winnow setup
check "package lists are fetched when they are missing" '((code == 0))' '(($(calls "apt-get.* update") == 1))'

machine user
fake id <<<'echo 1000'
winnow train
check "without root one process trains all the same" '((code == 7))' '(($(calls apt-get) == 0))'
winnow train --processes 2
check "without root it says which packages several processes need, and goes on" '((code == 7))' '(($(calls apt-get) == 0))' \
    '[[ $err == *"apt-get update && apt-get install -y --no-install-recommends libgloo-dev g++ cmake"*"one process trains"* ]]'
fake sudo <<<'[[ $1 == -n ]] && shift; exec "$@"'
winnow setup
check "sudo that asks nothing is used" '((code == 0))' '(($(calls "sudo -n env DEBIAN_FRONTEND") >= 1))' '[[ -f $clone/artifacts/native/libwinnow_gloo.so ]]'

machine other
rm "$machine/bin/apt-get" "$machine/bin/dpkg-query" "$machine/bin/cmake"
winnow train
check "another system needs nothing of Debian for one process" '((code == 7))'
winnow setup
check "another system is told what several processes need" '((code == 0))' '[[ $err == *"libgloo-dev g++ cmake (Debian'"'"'s names)"*"one process trains"* ]]'
printf 'libgloo-dev\n' >"$machine/installed"
fake cmake <<'END'
if [[ $1 == --build ]]; then echo binary >"$2/../libwinnow_gloo.so"; else mkdir -p "$4"; fi
END
winnow setup
check "with gloo of another package manager it builds" '((code == 0))' '[[ -f $clone/artifacts/native/libwinnow_gloo.so ]]'

machine allocator
library=$machine/lib/libtcmalloc_minimal.so.4
sed -i "s,set -- .*,set -- \"$machine/lib\"," "$clone/scripts/allocator.sh"
sed -i 's/^    \*) shift;.*/    *) echo "preloaded ${LD_PRELOAD-nothing}, reports above ${TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD-its own}"; exit 7 ;;/' "$machine/bin/dotnet"
winnow train
check "the allocator's package is asked for by name where there is none, and the program runs without" '((code == 7))' \
    'grep -q "install --no-install-recommends libtcmalloc-minimal4$" "$machine/calls"' '[[ $out == "preloaded nothing, reports above its own" ]]'
mkdir "$machine/lib"
touch "$library"
winnow train
check "with it the program gets it, and no reports of large blocks" '((code == 7))' '[[ $out == "preloaded $library, reports above 0" ]]'
for chosen in LD_PRELOAD=/other.so MALLOC_TOP_PAD_=1 GLIBC_TUNABLES=glibc.malloc.tcache_count=1 WINNOW_ALLOCATOR=system; do
    with=("$chosen")
    winnow train
    check "what the user has chosen stays: $chosen" '((code == 7))' '[[ $out == "preloaded nothing"* || $out == "preloaded /other.so"* ]]'
done
with=(GLIBC_TUNABLES=glibc.pthread.rseq=0 TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD=5)
winnow train
check "other settings don't count as a choice" '((code == 7))' '[[ $out == "preloaded $library, reports above 5" ]]'
with=()
rm -r "$clone/artifacts"
: >"$machine/calls"
winnow train
check "and nothing is installed where it is" '((code == 7))' '! grep -q tcmalloc "$machine/calls"'

machine no-sdk
rm "$machine/bin/dotnet"
before=$(state)
winnow train
check "a missing SDK is named" '((code == 2))' '[[ $err == *".NET 10 SDK"*"dotnet-install.sh --channel 10.0"* ]]' '[[ $before == "$(state)" ]]' '(($(calls apt-get) == 0))'
fake dotnet <<<'echo "8.0.100 [/sdk]"'
winnow train
check "an older SDK doesn't do" '((code == 2))' '[[ $err == *".NET 10 SDK"* ]]'

machine together
for i in 1 2 3 4; do
    (cd "$machine/elsewhere" && env -i HOME="$machine" PATH="$machine/bin" MACHINE="$machine" "$clone/winnow" "run$i" --processes 2 >"$machine/out$i" 2>/dev/null) &
done
wait
code=0 out="" err=""
check "calls at the same time build once" '(($(calls "dotnet publish") == 1))' '(($(calls "cmake --build") == 1))' '(($(cat "$machine"/out? | grep -c "^program ran") == 4))'

((failures == 0))
