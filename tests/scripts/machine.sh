# shellcheck shell=bash
# For tests of the scripts: a copy of them over a tiny tree, with a PATH that holds nothing but the tools named here and fakes that write
# down how they were called. Tests print "ok NAME" or "not ok NAME" for each.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

real_tools=(bash true env cat cp mv rm mkdir touch find sort uniq head sed awk grep tail cut stat sha256sum readlink sleep flock dirname tr)

# fake NAME: its body on standard input. Every call is written down in $machine/calls.
fake() {
    { printf '#!/usr/bin/env bash\necho "%s $*" >>"$MACHINE/calls"\n' "$1" && cat; } >"$machine/bin/$1"
    chmod +x "$machine/bin/$1"
}

# machine NAME: a fresh clone and a fresh system, Debian, root, with .NET, cmake and g++, nothing installed.
machine() {
    machine=$work/$1
    clone=$machine/clone
    mkdir -p "$machine/bin" "$machine/elsewhere" "$clone/src/Winnow.Cli" "$clone/src/Winnow" "$clone/src/Winnow.Native" "$clone/native/winnow_gloo"
    cp -r "$repository/winnow" "$repository/test" "$repository/scripts" "$clone/"
    for file in Directory.Build.props Directory.Build.targets Directory.Packages.props global.json .editorconfig BannedSymbols.txt; do
        echo one >"$clone/$file"
    done
    echo one >"$clone/src/Winnow.Cli/Program.cs"
    echo one >"$clone/native/winnow_gloo/group.cpp"
    local tool
    for tool in "${real_tools[@]}"; do
        ln -s "$(type -P "$tool")" "$machine/bin/$tool"
    done
    : >"$machine/calls"
    : >"$machine/installed"
    fake id <<<'echo 0'
    fake g++ <<<'[[ " $* " != *" gloo/algorithm.h "* ]] || grep -qx libgloo-dev "$MACHINE/installed"'
    fake dpkg-query <<<'for p in "${@:3}"; do ! grep -qx "$p" "$MACHINE/installed" || echo -n "installed:$p "; done'
    fake apt-get <<'END'
[[ " $* " != *" install "* ]] || { [[ ! -e $MACHINE/no-lists ]] || exit 100; printf '%s\n' "${@:$#}" "$@" >>"$MACHINE/installed"; }
[[ " $* " != *" update "* ]] || rm -f "$MACHINE/no-lists"
echo "noise on standard output"
END
    fake cmake <<'END'
if [[ $1 == --build ]]; then echo binary >"$2/../libwinnow_gloo.so"; else mkdir -p "$4"; fi
echo "noise on standard output"
END
    fake dotnet <<'END'
case $1 in
    --list-sdks) echo "10.0.100 [/sdk]" ;;
    publish)
        [[ ! -e $MACHINE/broken ]] || { echo "Program.cs(1,1): error CS1002: ; expected"; exit 1; }
        for ((i = 1; i <= $#; i++)); do [[ ${!i} != -o ]] || { o=$((i + 1)); mkdir -p "${!o}"; touch "${!o}/Winnow.Native.so" "${!o}/Winnow.Cli.dll" "${!o}/Winnow.Cli.runtimeconfig.json"; }; done
        echo "noise on standard output" ;;
    *) shift; echo "program ran in $PWD with $*"; exit 7 ;;
esac
END
}

# winnow ARGUMENT…: runs the copy from another folder; $out, $err, $code. Extra variables in the array $with.
with=()
winnow() { run winnow "$@"; }

run() {
    code=0
    (cd "$machine/elsewhere" && env -i HOME="$machine" PATH="$machine/bin" MACHINE="$machine" "${with[@]}" "$clone/$1" "${@:2}") \
        >"$machine/out" 2>"$machine/err" </dev/null || code=$?
    out=$(<"$machine/out")
    err=$(<"$machine/err")
}

calls() { grep -c "^$1" "$machine/calls" || true; }

# The whole clone as one number, to prove that nothing was changed.
state() { (cd "$clone" && find . -printf '%p %s %T@\n' | sort | sha256sum); }

# shellcheck source=check.sh
. "$repository/tests/scripts/check.sh"
