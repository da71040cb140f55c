# shellcheck shell=bash
# Sets up Winnow: data, the program, and what several processes need. Sourced by ./winnow and ./test with $root set; gives $dotnet and $program.
#
# What has been set up is remembered in artifacts/setup.stamp as a key over every source file's name, size and time and over the tools. As
# long as the key is the same nothing else is looked at, which takes some ten milliseconds.

artifacts=$root/artifacts
log=$artifacts/setup.log
stamp=$artifacts/setup.stamp
process_library=$artifacts/native/libwinnow_gloo.so
c_library=$artifacts/native/libwinnow.so
dotnet=$(type -P dotnet || true)
for candidate in "${DOTNET_ROOT:-/nowhere}/dotnet" "${HOME:-/nowhere}/.dotnet/dotnet"; do
    [[ -n $dotnet || ! -x $candidate ]] || dotnet=$candidate
done
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1

# shellcheck source=scripts/say.sh
. "$root/scripts/say.sh"
# shellcheck source=scripts/allocator.sh
. "$root/scripts/allocator.sh"

# key processes|library|program: 16 hexadecimal digits in REPLY.
key() {
    local -a folders=() tools=()
    case $1 in
        processes)
            folders=(native/winnow_gloo)
            tools=("$(type -P "${CXX:-g++}" || true)" "$(type -P cmake || true)" /usr/lib/*-linux-gnu/libgloo.so)
            ;;
        library) folders=(src/Winnow src/Winnow.Native) ;;
        program) folders=(src) ;;
    esac
    if [[ $1 != processes ]]; then
        folders+=(Directory.Build.props Directory.Build.targets Directory.Packages.props global.json .editorconfig BannedSymbols.txt)
        [[ ! -e $root/nuget.config ]] || folders+=(nuget.config)
        tools=("$dotnet")
    fi
    REPLY=$({
        cd "$root"
        printf '%s\n' "$1"
        find "${folders[@]}" -type f -printf '%p %s %T@\n' | LC_ALL=C sort
        stat -L -c '%n %s %Y' "${tools[@]}" 2>/dev/null || true
    } | sha256sum)
    REPLY=${REPLY:0:16}
}

# The folder of artifacts where a program of this key lies. Every key has its own, so that a run of hours doesn't lose its files under it
# when sources change and ./winnow is called again.
program_folder() { REPLY=$artifacts/winnow/$1; }

# current KEY: whether the program of this key is there; sets $program.
current() {
    local known="" name=""
    [[ -r $stamp ]] && read -r known name <"$stamp" || return 1
    program_folder "$known"
    program=$REPLY/$name
    [[ $known == "$1" && -n $name && -f $program ]]
}

# One set-up at a time; who comes second finds the work done. Held until this shell ends or executes the program (the descriptor is closed
# before that).
lock() {
    mkdir -p "$artifacts"
    exec 9>"$artifacts/setup.lock"
    if ! flock -n 9; then
        say "another set-up is running; waiting for it"
        flock 9
    fi
    : >"$log"
}

unlock() { exec 9>&-; }

build_processes() {
    local -a configure=(cmake -S "$root/native/winnow_gloo" -B "$artifacts/native/build" -DCMAKE_BUILD_TYPE=Release "-DWINNOW_OUTPUT=$artifacts/native")
    "${configure[@]}" || {
        # A build folder of another place can't be taken over.
        rm -rf "$artifacts/native/build"
        "${configure[@]}" || return
    }
    cmake --build "$artifacts/native/build" --parallel
}

# What several processes exchange their gradients with. Runs with the lock held and the packages there.
ensure_processes() {
    key processes
    local wanted=$REPLY known=""
    [[ ! -r $artifacts/native/stamp ]] || read -r known <"$artifacts/native/stamp" || true
    [[ $known != "$wanted" || ! -f $process_library ]] || return 0
    mkdir -p "$artifacts/native"
    step "building the exchanges between processes" build_processes
    [[ -f $process_library ]] || die 1 "the native build ended without $process_library; see $log"
    printf '%s\n' "$wanted" >"$artifacts/native/stamp"
}

# The core as a C library. The compiler and its runtime come from the package source, the linker is the C compiler's.
publish_library() {
    rm -rf "$artifacts/native/library"
    "$dotnet" publish "$root/src/Winnow.Native" -c Release --use-current-runtime -o "$artifacts/native/library" --artifacts-path "$artifacts/publish" --nologo \
        -v quiet -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false && mv "$artifacts/native/library/Winnow.Native.so" "$c_library.new" \
        && mv "$c_library.new" "$c_library" && rm -rf "$artifacts/native/library"
}

# Runs with the lock held. Only for tests and for whoever asks for it: ./winnow doesn't need it.
ensure_library() {
    key library
    local wanted=$REPLY known=""
    [[ ! -r $artifacts/native/library.stamp ]] || read -r known <"$artifacts/native/library.stamp" || true
    [[ $known != "$wanted" || ! -f $c_library ]] || return 0
    mkdir -p "$artifacts/native"
    step "compiling the C library" publish_library
    [[ -f $c_library ]] || die 1 "the build ended without $c_library; see $log"
    printf '%s\n' "$wanted" >"$artifacts/native/library.stamp"
}

# Built beside the developers' own builds (--artifacts-path), so that neither disturbs the other, and without the analyzers: warnings are
# the tests' business, and a newer SDK that has more of them must not keep anybody from running the program. For this system alone: the restore
# brings the libtorch of this one and of no other.
publish_program() {
    rm -rf "$1.new"
    "$dotnet" publish "$root/src/Winnow.Cli" -c Release --use-current-runtime --self-contained false -o "$1.new" --artifacts-path "$artifacts/publish" --nologo -v quiet \
        -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false && rm -rf "$1" && mv "$1.new" "$1"
}

# Programs of earlier sources: the two before the newest may still be running.
remove_old_programs() {
    local folder
    while IFS= read -r folder; do
        rm -rf "$folder"
    done < <(find "$artifacts/winnow" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2-)
}

# Runs with the lock held and the program's key; sets $program.
ensure_program() {
    program_folder "$1"
    local folder=$REPLY
    if ! compgen -G "$folder/*.runtimeconfig.json" >/dev/null; then
        mkdir -p "$artifacts/winnow"
        step "building the program" publish_program "$folder"
        remove_old_programs
    fi
    local -a settings=("$folder"/*.runtimeconfig.json)
    program=${settings[0]%.runtimeconfig.json}.dll
    [[ -f $program ]] || die 1 "the build ended without a program in $folder; see $log"
}

# Everything ./winnow needs. Takes some ten milliseconds when nothing has changed.
set_up_program() {
    key program
    local wanted=$REPLY
    ! current "$wanted" || return 0
    local start
    now
    start=$REPLY
    # shellcheck source=scripts/packages.sh
    . "$root/scripts/packages.sh"
    check_machine
    lock
    install_missing
    if ! current "$wanted"; then
        ensure_program "$wanted"
        printf '%s %s\n' "$wanted" "${program##*/}" >"$stamp.new"
        mv "$stamp.new" "$stamp"
    fi
    unlock
    seconds "$start"
    say "set up in $REPLY"
}

# What more than one process needs beside that: gloo and a compiler, none of which a run in one process asks for. Without it there is one process,
# and the program says so.
set_up_processes() {
    key processes
    local known=""
    [[ ! -r $artifacts/native/stamp ]] || read -r known <"$artifacts/native/stamp" || true
    [[ $known != "$REPLY" || ! -f $process_library ]] || return 0
    # shellcheck source=scripts/packages.sh
    . "$root/scripts/packages.sh"
    lock
    install_wanted "${process_packages[@]}"
    if processes_here; then
        ensure_processes
    else
        say "going on without what several processes need (${process_packages[*]}, Debian's names): one process trains"
    fi
    unlock
}

# What tests compare with, look through and run jobs with, and what the Python package is tested with; without them those tests are skipped, visibly.
peer_packages=(python3-torch python3-numpy chromium chromium-driver python3-setuptools python3-wheel slurm-wlm munge)

# What ./test needs: the same packages, what several processes need, python's libtorch to compare with, a browser, and a C compiler.
set_up_tests() {
    # shellcheck source=scripts/packages.sh
    . "$root/scripts/packages.sh"
    check_machine "${peer_packages[@]}"
    lock
    install_missing "${peer_packages[@]}"
    unlock
    set_up_processes
    lock
    ensure_library
    unlock
}

# What scripts/library needs: no libtorch.
set_up_library() {
    # shellcheck source=scripts/packages.sh
    . "$root/scripts/packages.sh"
    sdk_here || die 2 "compiling the library takes the .NET 10 SDK, in PATH, DOTNET_ROOT or ~/.dotnet:" \
        "https://dotnet.microsoft.com/download/dotnet/10.0, or dotnet-install.sh --channel 10.0"
    [[ -n $(type -P clang || type -P gcc || true) ]] || die 2 "compiling the library takes gcc or clang, to link it: apt-get install gcc"
    lock
    ensure_library
    unlock
}
