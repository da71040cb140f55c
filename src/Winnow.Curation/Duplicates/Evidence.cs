using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Winnow.Curation.Documents;

namespace Winnow.Curation.Duplicates;

/// <summary>Writes why each document went: a line of JSON a document, in the order of the corpus.</summary>
/// <param name="shards">All shards.</param>
/// <param name="numbers">Their documents.</param>
/// <param name="involved">Those that have to do with duplicates.</param>
/// <param name="texts">Their texts.</param>
/// <param name="shingleWords">Words a shingle.</param>
internal sealed class Evidence(IReadOnlyList<Shard> shards, DocumentNumbers numbers, InvolvedDocuments involved, TextStore texts, int shingleWords)
{
    private const int BlockSize = 512, LongestExcerpt = 200;

    /// <summary>Writes the lines.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="removed">Those that go, by their documents' numbers, each with the slot that is kept for it.</param>
    /// <param name="threads">How many find passages.</param>
    /// <param name="stop">Ends it.</param>
    public void Write(Stream stream, IEnumerable<RemovedDocument> removed, int threads, CancellationToken stop)
    {
        foreach (var block in removed.Chunk(BlockSize))
        {
            var lines = new byte[block.Length][];
            Parallel.For(0, block.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop }, i => lines[i] = Line(block[i]));
            foreach (var line in lines)
            {
                stream.Write(line);
            }
        }
    }

    private byte[] Line(RemovedDocument removed)
    {
        var slot = involved.Slot(removed.Document);
        var (text, keptText) = (texts.Text(slot), texts.Text(removed.Kept));
        var (passage, keptPassage) = removed.Exact ? (new(0, text.Length), new(0, keptText.Length)) : SharedPassage.Find(text, keptText, shingleWords);
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            Place(json, "", removed.Document, slot);
            json.WriteString("duplicate", removed.Exact ? "exact" : "near");
            json.WriteNumber("similarity", Math.Round(removed.Similarity, 4));
            Place(json, "kept_", involved.Document(removed.Kept), removed.Kept);
            Excerpt(json, "excerpt", text, passage);
            Excerpt(json, "kept_excerpt", keptText, keptPassage);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenSpan.ToArray();
    }

    private void Place(Utf8JsonWriter json, string prefix, int document, int slot)
    {
        var (shard, row) = numbers.Place(document);
        json.WriteString($"{prefix}id", texts.Name(slot));
        json.WriteString($"{prefix}file", shards[shard].Name);
        json.WriteNumber($"{prefix}row", row);
    }

    private static void Excerpt(Utf8JsonWriter json, string name, ReadOnlySpan<byte> text, Passage passage)
    {
        var length = Math.Min(passage.Length, LongestExcerpt);

        // Not within a character.
        while (length > 0 && passage.Offset + length < text.Length && (text[passage.Offset + length] & 0xC0) == 0x80)
        {
            length--;
        }

        json.WriteStartObject(name);
        json.WriteNumber("offset", passage.Offset);
        json.WriteNumber("bytes", passage.Length);
        json.WriteString("text", Encoding.UTF8.GetString(text.Slice(passage.Offset, length)));
        json.WriteEndObject();
    }
}

/// <summary>A document that goes.</summary>
/// <param name="Document">Its number.</param>
/// <param name="Kept">The slot of the one that is kept for it.</param>
/// <param name="Similarity">Theirs: 1 of the same text.</param>
/// <param name="Exact">Whether the texts are the same, byte for byte.</param>
internal readonly record struct RemovedDocument(int Document, int Kept, double Similarity, bool Exact);
