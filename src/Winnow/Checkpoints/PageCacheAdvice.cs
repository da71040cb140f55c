using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Winnow.Checkpoints;

/// <summary>
/// Writes or reads a large file past the system's cache of files, on Linux: it would push the data set out of there, and memory that the system
/// has to find for gigabytes may take longer than the disk does. Arrays below 64 MiB stay in the cache, and other streams are left alone. It is
/// advice: nothing waits, nothing fails, and what the disk refuses is still told when the file is flushed.
/// </summary>
internal sealed partial class PageCacheAdvice
{
    private const long Part = 64 << 20;
    private const int NotNeeded = 4;

    private readonly Stream _stream;
    private readonly SafeFileHandle? _file;
    private readonly long _start;
    private long _advised;

    /// <summary>Begins at the place where the stream is.</summary>
    public PageCacheAdvice(Stream stream)
    {
        _stream = stream;
        if (!OperatingSystem.IsLinux() || stream is not FileStream file)
        {
            return;
        }

        _file = file.SafeFileHandle;
        _start = _advised = stream.Position;
    }

    /// <summary>After something was written or read.</summary>
    public void Passed()
    {
        if (_file is null || _stream.Position - _advised < Part)
        {
            return;
        }

        _advised = _stream.Position;
        // What isn't on the disk yet begins to go there and is let go of one of the next times; so it is said of all that was passed.
        _ = Advise(_file, _start, _advised - _start, NotNeeded);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
