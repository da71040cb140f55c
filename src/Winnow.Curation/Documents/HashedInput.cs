using System.IO.Hashing;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Curation.Documents;

/// <summary>A file that is read from front to back and hashed on the way, as it lies on the disk.</summary>
internal sealed class HashedInput(string path, XxHash128 hash) : ForwardStream
{
    private readonly FileStream _file = DataFile.OpenRead(path);

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
