using System.Text;
using Winnow.Curation.Documents;
using Winnow.Curation.Running;
using Winnow.Data;

namespace Winnow.Curation.Duplicates;

/// <summary>The names and texts of the documents that have to do with duplicates, in a file from which each is read by itself: what pairs are verified on.</summary>
internal sealed class TextStore : IDisposable
{
    private readonly FileStream _file;
    private readonly (long At, int Name, int Text)[] _entries;

    private TextStore(FileStream file, (long, int, int)[] entries) => (_file, _entries) = (file, entries);

    /// <summary>Reads the shards once more and keeps what is needed.</summary>
    /// <param name="folder">Where its file lies, which is gone when the store is closed.</param>
    /// <param name="shards">All shards.</param>
    /// <param name="contents">What each held when it was signed.</param>
    /// <param name="numbers">Their documents.</param>
    /// <param name="involved">Which ones are needed.</param>
    /// <param name="options">How records are read.</param>
    /// <param name="read">Is told how many bytes of which shard have been read.</param>
    /// <param name="stop">Ends it.</param>
    public static TextStore Make(
        string folder, IReadOnlyList<Shard> shards, IReadOnlyList<string> contents, DocumentNumbers numbers, InvolvedDocuments involved, DedupOptions options, Action<int, long> read, CancellationToken stop)
    {
        var entries = new (long At, int Name, int Text)[involved.Count];
        var path = Path.Combine(folder, FormattableString.Invariant($"texts.{Environment.ProcessId}.{System.Diagnostics.Stopwatch.GetTimestamp()}.tmp"));
        FileStream? file = null;
        try
        {
            file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose, BufferSize = 1 << 20 });
            for (var shard = 0; shard < shards.Count; shard++)
            {
                var first = numbers.First(shard);
                if (!Enumerable.Range(first, numbers.Rows(shard)).Any(document => involved.Slot(document) >= 0))
                {
                    continue;
                }

                using var reader = RecordReader.Open(shards[shard], options.Fields);
                BatchPipeline.Run(reader, options.Fields, options.Threads, static () => 0, static (_, _) => 0, (batch, _) =>
                {
                    for (var i = 0; i < batch.Count; i++)
                    {
                        if (batch.FirstRow + i >= numbers.Rows(shard))
                        {
                            throw RecordReader.Changed(shards[shard]);
                        }

                        var slot = involved.Slot(first + (int)batch.FirstRow + i);
                        if (slot >= 0)
                        {
                            var name = Encoding.UTF8.GetBytes(batch.Id(i));
                            entries[slot] = (file.Position, name.Length, batch.Text(i).Length);
                            file.Write(name);
                            file.Write(batch.Text(i));
                        }
                    }

                    read(shard, reader.BytesRead);
                }, stop);
                if (reader.ContentHash() != contents[shard])
                {
                    throw RecordReader.Changed(shards[shard]);
                }
            }

            file.Flush();
            return new(file, entries);
        }
        catch (IOException error)
        {
            Close(file);
            throw new DataAccessException(path, $"can't be written: {error.Message}", error);
        }
        catch
        {
            Close(file);
            throw;
        }
    }

    // What couldn't be written can't be written when it is closed either.
    private static void Close(FileStream? file)
    {
        try
        {
            file?.Dispose();
        }
        catch (IOException)
        {
        }
    }

    /// <summary>The name of a document.</summary>
    public string Name(int slot)
    {
        var (at, length, _) = _entries[slot];
        return Encoding.UTF8.GetString(Bytes(at, length));
    }

    /// <summary>The text of a document, in UTF-8.</summary>
    public byte[] Text(int slot)
    {
        var (at, name, length) = _entries[slot];
        return Bytes(at + name, length);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private byte[] Bytes(long at, int length)
    {
        var bytes = new byte[length];
        for (var done = 0; done < length;)
        {
            var n = RandomAccess.Read(_file.SafeFileHandle, bytes.AsSpan(done), at + done);
            done += n > 0 ? n : throw new EndOfStreamException();
        }

        return bytes;
    }
}
