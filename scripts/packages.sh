# shellcheck shell=bash
# What the machine has to have, and how it gets it. Sourced by setup.sh after say.sh and allocator.sh; expects $root.

# What several processes exchange their gradients with, and what builds it. libtorch itself comes with the program's packages.
process_packages=(libgloo-dev g++ cmake)

has() { command -v "$1" >/dev/null 2>&1; }

is_debian() { has apt-get && has dpkg-query; }

# missing PACKAGE…: those that aren't installed, into the array REPLIES.
missing() {
    REPLIES=()
    (($# > 0)) || return 0
    local installed package
    installed=" $(dpkg-query -W -f='${db:Status-Status}:${Package} ' "$@" 2>/dev/null || true)"
    for package in "$@"; do
        [[ $installed == *" installed:$package "* ]] || REPLIES+=("$package")
    done
}

# How to become root without being asked anything: "", "sudo -n", or failure.
elevation() {
    if [[ $(id -u) == 0 ]]; then
        REPLY=""
    elif has sudo && sudo -n true >/dev/null 2>&1; then
        REPLY="sudo -n"
    else
        return 1
    fi
}

apt_line() { printf 'apt-get update && apt-get install -y --no-install-recommends %s' "$*"; }

# The package lists are fetched only when what is here doesn't do: a fresh container has none, a full machine has them.
install_packages() {
    local -a get=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y)
    elevation
    # shellcheck disable=SC2206 # two words on purpose
    local -a as_root=($REPLY)
    "${as_root[@]}" "${get[@]}" install --no-install-recommends "$@" || {
        "${as_root[@]}" "${get[@]}" update && "${as_root[@]}" "${get[@]}" install --no-install-recommends "$@"
    }
}

has_fashion_mnist() {
    [[ -d /usr/share/datasets/fashion-mnist || -d $root/data/fashion-mnist ]] || [[ -n ${WINNOW_DATA-} && -d $WINNOW_DATA/fashion-mnist ]]
}

sdk_here() { [[ -n $dotnet ]] && "$dotnet" --list-sdks 2>/dev/null | grep -q '^10\.'; }

# Whether the exchanges between processes can be built: cmake, and a compiler that finds gloo's headers.
processes_here() { has cmake && has "${CXX:-g++}" && "${CXX:-g++}" -fsyntax-only -x c++ -include gloo/algorithm.h /dev/null 2>/dev/null; }

# lacking PACKAGE…: what isn't installed of the arguments, the demo's data and the allocator, into $want. Nothing of it is needed for the program itself.
lacking() {
    want=("$@")
    has_fashion_mnist || want+=(dataset-fashion-mnist)
    [[ $OSTYPE != linux* ]] || find_allocator || want+=("$allocator_package")
    if is_debian; then
        missing "${want[@]}"
        want=("${REPLIES[@]}")
    fi
}

# Ends with one message about everything that is missing and can't be had from here. Changes nothing.
check_machine() {
    sdk_here || die 2 "something that is needed isn't here; nothing was changed. Missing:" "the .NET 10 SDK, in PATH, DOTNET_ROOT or ~/.dotnet:" \
        "  https://dotnet.microsoft.com/download/dotnet/10.0, or dotnet-install.sh --channel 10.0"
}

# After check_machine, with the lock held: looks again, because another set-up may have done it meanwhile.
install_missing() {
    lacking "$@"
    install_wanted "${want[@]}"
}

# install_wanted PACKAGE…: installs those that are missing, where that can be done without asking anybody.
install_wanted() {
    local package
    local -a names=("$@")
    if is_debian; then
        missing "${names[@]}"
        names=("${REPLIES[@]}")
    fi
    ((${#names[@]} > 0)) || return 0
    if ! is_debian; then
        say "going on without ${names[*]} (Debian's names)"
        return 0
    fi
    if ! elevation; then
        say "going on without ${names[*]}, which only root can install: $(apt_line "${names[@]}")"
        return 0
    fi
    # One at a time: a name that this system doesn't have must not keep the others away.
    for package in "${names[@]}"; do
        (step "installing $package" install_packages "$package") || say "going on without $package"
    done
}
