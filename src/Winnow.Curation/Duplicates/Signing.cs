using System.Buffers.Binary;
using System.Security.Cryptography;
using Winnow.Curation.Documents;
using Winnow.Curation.Running;
using Winnow.Data.Formats;

namespace Winnow.Curation.Duplicates;

/// <summary>Makes the signatures of a shard's documents: the first pass over its text.</summary>
/// <param name="options">How.</param>
/// <param name="settings">What decides signatures, as a hash.</param>
internal sealed class Signing(DedupOptions options, string settings)
{
    private readonly Bands _bands = options.Bands();

    /// <summary>Writes the signatures of a shard.</summary>
    /// <param name="shard">Whose.</param>
    /// <param name="path">The file.</param>
    /// <param name="reference">Whether the shard is of an earlier corpus.</param>
    /// <param name="read">Is told how many bytes of the shard have been read.</param>
    /// <param name="stop">Ends it; nothing is left then.</param>
    public void Write(Shard shard, string path, bool reference, Action<long> read, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var reader = RecordReader.Open(shard, options.Fields);
        DataFile.WriteAtomically(path, stream =>
        {
            var (withoutWords, invalid) = (0L, 0L);
            var writer = new SignatureFile.Writer(stream, _bands.Count);
            BatchPipeline.Run(reader, options.Fields, options.Threads, () => new Signer(options, _bands, reference), static (signer, batch) => signer.Sign(batch), (batch, signatures) =>
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    var keys = signatures.HasKeys[i] ? signatures.Keys.AsSpan(i * _bands.Count, _bands.Count) : default;
                    writer.Add(signatures.Digests[i], signatures.Priorities[i], keys);
                    withoutWords += signatures.Digests[i] == UInt128.Zero ? 1 : 0;
                    invalid += batch.IsInvalid(i) ? 1 : 0;
                }

                read(reader.BytesRead);
            }, stop);
            writer.End(new(settings, reader.ContentHash(), writer.Rows, _bands.Count, withoutWords, invalid));
        });
    }

    /// <summary>The signatures of a batch.</summary>
    private sealed record Signatures(UInt128[] Digests, (ulong Rank, ulong Number)[] Priorities, bool[] HasKeys, ulong[] Keys);

    /// <summary>What one thread signs with.</summary>
    private sealed class Signer(DedupOptions options, Bands bands, bool reference)
    {
        private readonly Shingles _shingles = new(options.ShingleWords);
        private readonly MinHash _minHash = new(Math.Max(1, bands.Count * bands.Rows), options.Seed);
        private readonly Priority _priority = new(options.Rule, options.Prefer);
        private readonly List<ulong> _words = [];
        private uint[] _signature = [];

        public Signatures Sign(RecordBatch batch)
        {
            if (_signature.Length == 0)
            {
                _signature = new uint[_minHash.BufferLength];
            }

            var result = new Signatures(new UInt128[batch.Count], new (ulong, ulong)[batch.Count], new bool[batch.Count], new ulong[batch.Count * bands.Count]);
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            for (var i = 0; i < batch.Count; i++)
            {
                var text = batch.Text(i);
                result.Priorities[i] = reference ? (Priority.Reference, 0) : _priority.Of(batch.Source(i), text.Length, options.Fields.Numbers.Count == 0 ? double.NaN : batch.Number(i, 0));
                if (!HasWord(text))
                {
                    continue;
                }

                // Of a cryptographic hash, so that equal digests are equal texts, whoever wrote them.
                SHA256.HashData(text, hash);
                result.Digests[i] = BinaryPrimitives.ReadUInt128BigEndian(hash) | 1;
                if (bands.Count == 0)
                {
                    continue;
                }

                var shingles = _shingles.Of(text);
                if (!shingles.IsEmpty)
                {
                    _minHash.Sign(shingles, _signature);
                    bands.Keys(_signature, result.Keys.AsSpan(i * bands.Count, bands.Count));
                    result.HasKeys[i] = true;
                }
            }

            return result;
        }

        // A letter or digit within the first bytes is nearly always there.
        private bool HasWord(ReadOnlySpan<byte> text)
        {
            const int Start = 256;
            for (var length = Math.Min(Start, text.Length); ; length = text.Length)
            {
                _words.Clear();
                Words.Add(text[..length], _words);
                if (_words.Count > 0 || length == text.Length)
                {
                    return _words.Count > 0;
                }
            }
        }
    }
}
