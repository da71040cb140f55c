#!/usr/bin/env bash
# Tests of ./winnow's set-up on machines that this one isn't.
set -euo pipefail
# shellcheck source=machine.sh
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"

machine fresh
winnow compare fashion-mnist "two words"
check "a fresh machine is set up and the program runs where the user is" '((code == 7))' \
    '[[ $out == "program ran in $machine/elsewhere with compare fashion-mnist two words" ]]' '(($(calls "cmake --build") == 1))' '(($(calls "dotnet publish") == 1))'
check "the packages are asked for by name" 'grep -q "install --no-install-recommends libtorch-dev libgloo-dev libopenblas0-openmp$" "$machine/calls"' \
    '[[ -d /usr/share/datasets/fashion-mnist ]] || grep -q "install --no-install-recommends dataset-fashion-mnist$" "$machine/calls"'
check "what is done is said on standard error with its time" '[[ $err =~ "winnow: building the native binding: "[0-9]+\.[0-9]" s" ]]' '[[ $err =~ "winnow: set up in "[0-9]+\.[0-9]" s" ]]'
: >"$machine/calls"
winnow train
check "a second run sets up nothing and says nothing" '[[ $out == "program ran in $machine/elsewhere with train" ]]' '[[ -z $err ]]' '(($(wc -l <"$machine/calls") == 1))'
winnow setup
check "setup alone doesn't run the program" '((code == 0))' '[[ -z $out ]]'

sleep 0.01
echo two >"$clone/src/Winnow.Cli/Program.cs"
: >"$machine/calls"
winnow train
check "a changed program rebuilds the program alone" '((code == 7))' '(($(calls "dotnet publish") == 1))' '(($(calls cmake) == 0))' '(($(calls apt-get) == 0))'
check "the program of the earlier sources stays for those who are running it" '(($(find "$clone/artifacts/winnow" -mindepth 1 -maxdepth 1 | wc -l) == 2))'
echo two >"$clone/native/winnow_torch/dispatch.cpp"
: >"$machine/calls"
winnow train
check "a changed binding rebuilds the binding alone" '(($(calls "dotnet publish") == 0))' '(($(calls "cmake --build") == 1))'
rm "$clone/artifacts/native/libwinnow_torch.so"
winnow train
check "a lost library is built again" '((code == 7))' '[[ -f $clone/artifacts/native/libwinnow_torch.so ]]'
for i in 1 2 3 4; do
    echo "version $i" >"$clone/src/Winnow.Cli/Program.cs"
    winnow train
done
check "old programs go" '(($(find "$clone/artifacts/winnow" -mindepth 1 -maxdepth 1 | wc -l) == 3))'
echo broken >"$clone/src/Winnow.Cli/Program.cs"
touch "$machine/broken"
winnow train
check "a failed build shows its end and ends with 1" '((code == 1))' '[[ -z $out ]]' '[[ $err == *"building the program: failed after"*"error CS1002"* ]]' '[[ $err != *"native binding"* ]]'
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
before=$(state)
winnow train
check "without root it names the packages and the variable, with code 2" '((code == 2))' '[[ -z $out ]]' \
    '[[ $err == *"apt-get update && apt-get install -y --no-install-recommends libtorch-dev libgloo-dev libopenblas0-openmp"* ]]' '[[ $err == *"WINNOW_LIBTORCH=/path/to/libtorch"* ]]'
check "without root nothing is changed" '[[ $before == "$(state)" ]]' '(($(calls apt-get) == 0))'
fake sudo <<<'[[ $1 == -n ]] && shift; exec "$@"'
winnow setup
check "sudo that asks nothing is used" '((code == 0))' '(($(calls "sudo -n env DEBIAN_FRONTEND") >= 1))'
fake sudo <<<'exit 1'
printf '%s\n' libtorch-dev libgloo-dev libopenblas0-openmp >"$machine/installed"
rm -rf "$clone/artifacts"
winnow train
check "without root and with the packages there it goes on" '((code == 7))'

machine libtorch
fake id <<<'echo 1000'
with=("WINNOW_LIBTORCH=$machine/torch")
before=$(state)
winnow train
check "a WINNOW_LIBTORCH that is none is refused" '((code == 2))' '[[ $err == *"WINNOW_LIBTORCH=$machine/torch has no lib/libtorch_cpu.so"* ]]' '[[ $before == "$(state)" ]]'
mkdir -p "$machine/torch/lib"
touch "$machine/torch/lib/libtorch_cpu.so"
winnow train
check "WINNOW_LIBTORCH replaces the packages and reaches cmake" '((code == 7))' '(($(calls apt-get) == 0))' 'grep -q "^cmake .*-DWINNOW_LIBTORCH=$machine/torch " "$machine/calls"'
with=()

machine other
rm "$machine/bin/apt-get" "$machine/bin/dpkg-query" "$machine/bin/cmake"
before=$(state)
winnow train
check "another system is told what to install" '((code == 2))' '[[ -z $out ]]' '[[ $before == "$(state)" ]]' \
    '[[ $err == *"no Debian system"*"libtorch-dev libgloo-dev libopenblas0-openmp cmake"*"WINNOW_LIBTORCH=/path/to/libtorch"* ]]'

machine compilers
rm "$machine/bin/g++"
winnow setup
check "a missing compiler is installed too" 'grep -q "libopenblas0-openmp g++$" "$machine/calls"'

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
    (cd "$machine/elsewhere" && env -i HOME="$machine" PATH="$machine/bin" MACHINE="$machine" "$clone/winnow" "run$i" >"$machine/out$i" 2>/dev/null) &
done
wait
code=0 out="" err=""
check "calls at the same time build once" '(($(calls "dotnet publish") == 1))' '(($(calls "cmake --build") == 1))' '(($(cat "$machine"/out? | grep -c "^program ran") == 4))'

((failures == 0))
