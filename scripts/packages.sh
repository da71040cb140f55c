# shellcheck shell=bash
# What the machine has to have, and how it gets it. Sourced by setup.sh after say.sh; expects $root.

# Debian's own libtorch, the headers of its process groups, and a BLAS that isn't fifty times slower than the machine.
torch_packages=(libtorch-dev libgloo-dev libopenblas0-openmp)

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

# lacking PACKAGE…: what isn't installed, into $need (can't do without) and $want (nice to have: the arguments and the demo's data).
lacking() {
    need=()
    want=("$@")
    [[ -n ${WINNOW_LIBTORCH-} ]] || need+=("${torch_packages[@]}")
    has "${CXX:-g++}" || need+=(g++)
    has cmake || need+=(cmake)
    has_fashion_mnist || want+=(dataset-fashion-mnist)
    if is_debian; then
        missing "${need[@]}"
        need=("${REPLIES[@]}")
        missing "${want[@]}"
        want=("${REPLIES[@]}")
    fi
}

# Ends with one message about everything that is missing and can't be had from here. Changes nothing.
check_machine() {
    local -a problems=()
    lacking "$@"
    if ((${#need[@]} > 0)); then
        if ! is_debian; then
            problems+=("this is no Debian system, so these are yours to install: ${need[*]} (Debian's names)")
        elif ! elevation; then
            problems+=("Debian packages, which only root can install:" "  $(apt_line "${need[@]}" "${want[@]}")")
        fi
    fi
    if ((${#problems[@]} > 0)) && [[ -z ${WINNOW_LIBTORCH-} ]]; then
        problems+=("or, instead of ${torch_packages[*]}, another libtorch:"
            "  WINNOW_LIBTORCH=/path/to/libtorch (an unpacked libtorch, or the torch folder of a pip wheel)")
    fi
    if [[ -n ${WINNOW_LIBTORCH-} && ! -e $WINNOW_LIBTORCH/lib/libtorch_cpu.so ]]; then
        problems+=("WINNOW_LIBTORCH=$WINNOW_LIBTORCH has no lib/libtorch_cpu.so; name the folder that holds include/ and lib/")
    fi
    if ! sdk_here; then
        problems+=("the .NET 10 SDK, in PATH, DOTNET_ROOT or ~/.dotnet:"
            "  https://dotnet.microsoft.com/download/dotnet/10.0, or dotnet-install.sh --channel 10.0")
    fi
    ((${#problems[@]} == 0)) || die 2 "something that is needed isn't here; nothing was changed. Missing:" "${problems[@]}"
}

# After check_machine, with the lock held: looks again, because another set-up may have done it meanwhile.
install_missing() {
    local package
    lacking "$@"
    if ! is_debian || ! elevation; then
        ((${#want[@]} == 0)) || say "going on without ${want[*]}"
        return 0
    fi
    ((${#need[@]} == 0)) || step "installing ${need[*]}" install_packages "${need[@]}"
    # One at a time: a name that this system doesn't have must not keep the others away.
    for package in "${want[@]}"; do
        (step "installing $package" install_packages "$package") || say "going on without $package"
    done
}
