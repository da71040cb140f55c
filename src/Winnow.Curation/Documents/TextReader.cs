using System.Buffers;
using System.Text;
using System.Text.Json;
using Winnow.Data;

namespace Winnow.Curation.Documents;

/// <summary>Reads a folder of plain texts: a record a file, an object of its <c>id</c>, the file's name below the input, and its <c>text</c>.</summary>
internal sealed class TextReader : RecordReader
{
    private const long LongestText = 1 << 27;

    private readonly ArrayBufferWriter<byte> _json = new();
    private int _next;
    private long _read;

    public TextReader(Shard shard)
        : base(shard)
    {
    }

    /// <inheritdoc/>
    public override long BytesRead => _read;

    /// <inheritdoc/>
    public override bool Read(RecordBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Begin(Shard, _next, 1);
        for (; _next < Shard.Files.Count && batch.RawLength < BatchBytes; _next++)
        {
            var path = Shard.Files[_next];
            var text = Whole(path);
            ReadOnlySpan<byte> content = text;
            content = content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content;
            _json.ResetWrittenCount();
            using (var writer = new Utf8JsonWriter(_json, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
            {
                writer.WriteStartObject();
                writer.WriteString("id"u8, $"{Shard.Name}/{Path.GetFileName(path)}");

                // What isn't UTF-8 comes as U+FFFD here already; the file itself stays as it is.
                writer.WriteString("text"u8, Encoding.UTF8.GetString(content));
                writer.WriteEndObject();
            }

            var start = batch.RawLength;
            _json.WrittenSpan.CopyTo(batch.Space(_json.WrittenCount));
            batch.Advance(_json.WrittenCount);
            batch.AddRecord(start, _json.WrittenCount, 0);
        }

        return batch.Count > 0;
    }

    private protected override void Dispose(bool disposing)
    {
    }

    private byte[] Whole(string path)
    {
        using var input = new HashedInput(path, Content);
        var length = new FileInfo(path).Length;
        if (length > LongestText)
        {
            throw new RecordException($"{path}: has {length} bytes, and a text of its own file has at most {LongestText}; cut it into several.");
        }

        var text = new byte[length];
        var n = input.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
        _read += n;
        return n == text.Length ? text : throw new DataAccessException(path, "got shorter while it was read; read it again once nobody writes it.");
    }
}
