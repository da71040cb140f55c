using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Winnow.Data.Files;

/// <summary>A file that holds samples one after another, from some byte on. It stays open, and is read at any place by any thread.</summary>
internal sealed class SampleFile
{
    private const string Remedy = "A data set mustn't change while it is read; begin anew once it is at rest.";

    private readonly SafeFileHandle _handle;
    private readonly DateTime _modified;
    private readonly string? _content;

    /// <param name="path">The file.</param>
    /// <param name="offset">Where the first sample begins.</param>
    /// <param name="count">How many samples there are.</param>
    /// <param name="content">
    /// Of a file of our own, whose content is known by a checksum and never changes though its name may come to mean another: what tells it from others. Null for a user's file, which
    /// is known by path, length and time of the last change and mustn't change.
    /// </param>
    /// <exception cref="DataAccessException">It can't be opened.</exception>
    public SampleFile(string path, long offset, int count, string? content = null)
    {
        (Path, Offset, Count, _content) = (System.IO.Path.GetFullPath(path), offset, count, content);
        try
        {
            // Not to be read ahead of what is asked for: neighbours of a sample are seldom wanted next.
            _handle = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
            (Length, _modified) = (RandomAccess.GetLength(_handle), File.GetLastWriteTimeUtc(_handle));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataAccessException(path, $"can't be opened: {error.Message.TrimEnd('.')}. Where too many files are open, make fewer and larger ones.", error);
        }
    }

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Where the first sample begins.</summary>
    public long Offset { get; }

    /// <summary>How many samples there are.</summary>
    public int Count { get; }

    /// <summary>The file's bytes.</summary>
    public long Length { get; }

    /// <summary>What tells the samples from others.</summary>
    public string Identity => string.Create(CultureInfo.InvariantCulture, $"{_content ?? $"{Path.Length} {Path} {Length} {_modified.Ticks}"} {Offset} {Count}");

    /// <summary>Refuses a file that is no longer what it was when it was opened.</summary>
    /// <exception cref="DataAccessException">It has gone, or was changed.</exception>
    public void CheckUnchanged()
    {
        if (_content is not null)
        {
            return;
        }

        var now = new FileInfo(Path);
        if (!now.Exists)
        {
            throw new DataAccessException(Path, string.Create(CultureInfo.InvariantCulture, $"expected {Length} bytes, found no file: it was taken away while it was read. {Remedy}"));
        }

        if (now.Length != Length || now.LastWriteTimeUtc != _modified)
        {
            throw new DataAccessException(Path, string.Create(CultureInfo.InvariantCulture,
                $"expected {Length} bytes of {_modified:yyyy-MM-dd HH:mm:ss.fff}, found {now.Length} of {now.LastWriteTimeUtc:yyyy-MM-dd HH:mm:ss.fff}: it was changed while it was read. {Remedy}"));
        }
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="at">The first one's place after <see cref="Offset"/>.</param>
    /// <param name="destination">Is filled.</param>
    /// <exception cref="DataAccessException">The file has become shorter, or can't be read.</exception>
    public void Read(long at, Span<byte> destination)
    {
        var from = Offset + at;
        while (!destination.IsEmpty)
        {
            int got;
            try
            {
                got = RandomAccess.Read(_handle, destination, from);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new DataAccessException(Path, string.Create(CultureInfo.InvariantCulture, $"can't be read at byte {from}: {error.Message}"), error);
            }

            if (got == 0)
            {
                throw new DataAccessException(Path, string.Create(CultureInfo.InvariantCulture,
                    $"expected {destination.Length} bytes at byte {from}, found the end of the file: it had {Length} bytes and now has {RandomAccess.GetLength(_handle)}. {Remedy}"));
            }

            destination = destination[got..];
            from += got;
        }
    }
}
