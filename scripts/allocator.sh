# shellcheck shell=bash
# Which memory allocator the program gets. Sourced by ./winnow and the benchmarks.
#
# A convolution of libtorch makes some hundred small aligned blocks at each call. glibc (2.36) is slow at those and tcmalloc isn't: at batches of 16 a step of
# training takes a sixth less, at 128 a twentieth. Only what is loaded before the program can take glibc's place, so that it is done here.

# Debian's name, which Ubuntu understands as well; Fedora has it in gperftools-libs, Arch in gperftools.
# shellcheck disable=SC2034 # for packages.sh
allocator_package=libtcmalloc-minimal4

# find_allocator [FOLDER…]: the library's path in REPLY, or failure. Folders of this processor's libraries alone: others can't be loaded.
find_allocator() {
    local folder
    (($# > 0)) || set -- "/usr/lib/$HOSTTYPE-linux-gnu" /usr/lib64
    for folder in "$@"; do
        REPLY=$folder/libtcmalloc_minimal.so.4
        [[ ! -r $REPLY ]] || return 0
    done
    return 1
}

# choose_allocator [FOLDER…]: variables for the program's environment in the array allocator; none where the user has chosen already, or WINNOW_ALLOCATOR=system.
choose_allocator() {
    allocator=()
    [[ $OSTYPE == linux* && ${WINNOW_ALLOCATOR-} != system && -z ${LD_PRELOAD-} ]] || return 0
    [[ -z ${MALLOC_MMAP_THRESHOLD_-}${MALLOC_TRIM_THRESHOLD_-}${MALLOC_TOP_PAD_-} && ${GLIBC_TUNABLES-} != *glibc.malloc* ]] || return 0
    find_allocator "$@" || return 0
    # It would tell standard error of every block above a gigabyte.
    allocator=("LD_PRELOAD=$REPLY" "TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD=${TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD-0}")
}
