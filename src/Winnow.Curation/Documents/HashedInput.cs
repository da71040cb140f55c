using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Curation.Documents;

/// <summary>A file that is read from front to back and hashed on the way, as it lies on the disk.</summary>
internal sealed class HashedInput(string path, XxHash128 hash) : ForwardStream
{
    private readonly FileStream _file = Open(path, hash);

    /// <summary>How many bytes have been read.</summary>
    public long BytesRead { get; private set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int n;
        try
        {
            n = _file.Read(buffer);
        }
        catch (IOException error)
        {
            throw new DataAccessException(path, $"can't be read: {error.Message}", error);
        }

        hash.Append(buffer[..n]);
        BytesRead += n;
        return n;
    }

    // Where one of several files ends and what it is called belong to what they hold.
    private static FileStream Open(string path, XxHash128 hash)
    {
        var file = DataFile.OpenRead(path);
        hash.Append(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}\n{file.Length}\n")));
        return file;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
