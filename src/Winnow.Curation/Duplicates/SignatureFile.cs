using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Winnow.Data;

namespace Winnow.Curation.Duplicates;

/// <summary>
/// What joining needs of a shard's documents, on the disk: a digest and two priorities each, and the keys of their bands. Written in blocks of so many documents, in a block column by column, so that one
/// column of a shard is read alone; at the end, as JSON, what it was made of.
/// </summary>
internal sealed class SignatureFile
{
    /// <summary>Documents a block.</summary>
    public const int BlockRows = 1 << 16;

    /// <summary>The key of a document without a signature: one with fewer words than a shingle.</summary>
    public const ulong NoKey = ulong.MaxValue;

    private const int NumberBytes = 8, DigestBytes = 16;

    private readonly string _path;

    private SignatureFile(string path, SignatureFacts facts) => (_path, Facts) = (path, facts);

    /// <summary>What it was made of.</summary>
    public SignatureFacts Facts { get; }

    /// <summary>Looks at a file; null where there is none that is whole. It is open while a column is read alone, since there may be more shards than files that may be open.</summary>
    public static SignatureFile? TryOpen(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.RandomAccess, BufferSize = 0, Share = FileShare.Read | FileShare.Delete });
        try
        {
            Span<byte> length = stackalloc byte[sizeof(int)];
            if (file.Length > sizeof(int))
            {
                RandomAccess.Read(file.SafeFileHandle, length, file.Length - sizeof(int));
                var count = BinaryPrimitives.ReadInt32LittleEndian(length);
                if (count > 0 && count <= file.Length - sizeof(int))
                {
                    var json = new byte[count];
                    RandomAccess.Read(file.SafeFileHandle, json, file.Length - sizeof(int) - count);
                    if (JsonSerializer.Deserialize(json, CurationJson.Readable.SignatureFacts) is { } facts && facts.Rows * RowBytes(facts.Bands) == file.Length - sizeof(int) - count)
                    {
                        return new(path, facts);
                    }
                }
            }
        }
        catch (JsonException)
        {
            // Not one of ours: made anew.
        }

        return null;
    }

    /// <summary>Reads the first eight bytes of the digests.</summary>
    public void ReadDigests(Span<ulong> digests) => Read(digests, 0);

    /// <summary>Reads the other eight bytes of one digest.</summary>
    public ulong DigestRest(long row) => One(row, NumberBytes);

    /// <summary>Reads the ranks, which count before priorities: the higher is kept rather than the lower.</summary>
    public void ReadRanks(Span<ulong> ranks) => Read(ranks, DigestBytes);

    /// <summary>Reads the priorities: the higher is kept rather than the lower.</summary>
    public void ReadPriorities(Span<ulong> priorities) => Read(priorities, DigestBytes + NumberBytes);

    /// <summary>Reads the keys of one band.</summary>
    public void ReadKeys(int band, Span<ulong> keys) => Read(keys, DigestBytes + (2 * NumberBytes) + (band * NumberBytes));

    private static int RowBytes(int bands) => DigestBytes + (2 * NumberBytes) + (bands * NumberBytes);

    // A column starts, within its block, behind those before it: rows of the block times the bytes before it in a row.
    private void Read(Span<ulong> column, int before)
    {
        using var file = File.OpenHandle(_path);
        for (var start = 0; start < column.Length; start += BlockRows)
        {
            var rows = Math.Min(BlockRows, column.Length - start);
            var bytes = MemoryMarshal.AsBytes(column.Slice(start, rows));
            if (RandomAccess.Read(file, bytes, ((long)start * RowBytes(Facts.Bands)) + ((long)rows * before)) != bytes.Length)
            {
                throw new DataAccessException(_path, "got shorter while it was read; remove it, and it is made anew.");
            }
        }
    }

    private ulong One(long row, int before)
    {
        using var file = File.OpenHandle(_path);
        var start = row / BlockRows * BlockRows;
        var rows = Math.Min(BlockRows, Facts.Rows - start);
        var value = 0UL;
        _ = RandomAccess.Read(file, MemoryMarshal.AsBytes(new Span<ulong>(ref value)), (start * RowBytes(Facts.Bands)) + (rows * before) + ((row - start) * NumberBytes));
        return value;
    }

    /// <summary>Writes a file's documents one behind the other.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="bands">Keys a document.</param>
    internal sealed class Writer(Stream stream, int bands)
    {
        // By column; a block's rows are known when it is full or the last.
        private readonly List<ulong>[] _columns = [.. Enumerable.Range(0, 4 + bands).Select(static _ => new List<ulong>())];

        /// <summary>How many documents were written.</summary>
        public long Rows { get; private set; }

        /// <summary>Writes a document.</summary>
        /// <param name="digest">Of its text, 16 bytes.</param>
        /// <param name="priority">Of its being kept: its rank, then its number.</param>
        /// <param name="keys">Of its bands; empty for none.</param>
        public void Add(UInt128 digest, (ulong Rank, ulong Number) priority, ReadOnlySpan<ulong> keys)
        {
            _columns[0].Add((ulong)(digest >> 64));
            _columns[1].Add((ulong)digest);
            _columns[2].Add(priority.Rank);
            _columns[3].Add(priority.Number);
            for (var band = 0; band < bands; band++)
            {
                _columns[4 + band].Add(keys.IsEmpty ? NoKey : keys[band]);
            }

            Rows++;
            if (_columns[0].Count == BlockRows)
            {
                Flush();
            }
        }

        /// <summary>Writes what is left, and what it was made of.</summary>
        public void End(SignatureFacts facts)
        {
            Flush();
            var json = JsonSerializer.SerializeToUtf8Bytes(facts, CurationJson.Readable.SignatureFacts);
            stream.Write(json);
            Span<byte> length = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, json.Length);
            stream.Write(length);
        }

        // The two halves of the digests are columns of their own.
        private void Flush()
        {
            foreach (var column in _columns)
            {
                stream.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(column)));
                column.Clear();
            }
        }
    }
}

/// <summary>What a file of signatures was made of.</summary>
/// <param name="Settings">What decides signatures, as a hash.</param>
/// <param name="Content">A hash of the shard's files.</param>
/// <param name="Rows">How many documents it has.</param>
/// <param name="Bands">Keys a document.</param>
/// <param name="WithoutWords">Documents without a word.</param>
/// <param name="Invalid">Documents whose text isn't Unicode throughout.</param>
internal sealed record SignatureFacts(string Settings, string Content, long Rows, int Bands, long WithoutWords, long Invalid);
