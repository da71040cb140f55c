using System.Globalization;
using System.Text;
using Winnow.Data.Formats;

namespace Winnow.Data.Texts;

/// <summary>The texts of one file: a plain text file is one text, a file of JSON lines has one a line.</summary>
internal static class TextFile
{
    /// <summary>What the names of files end in that are read.</summary>
    public const string LinesEnding = ".jsonl", PlainEnding = ".txt";

    /// <summary>Whether a file is one of texts, by its name.</summary>
    public static bool IsOne(string path) => IsLines(path) || path.EndsWith(PlainEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a file is one of JSON lines, by its name.</summary>
    public static bool IsLines(string path) => path.EndsWith(LinesEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>The file's texts, in its order.</summary>
    /// <exception cref="DataException">It can't be read, isn't UTF-8, is empty, or a line isn't what it should be: with its place.</exception>
    public static List<TextSample> Read(string path)
    {
        var text = ReadText(path);
        if (!IsLines(path))
        {
            return string.IsNullOrWhiteSpace(text)
                ? throw new DataException($"{path}: the file is empty; remove it, or put its text there.")
                : [new TextSample(null, text)];
        }

        var samples = new List<TextSample>();
        var (line, start) = (0, 0);
        while (start < text.Length)
        {
            line++;
            var end = text.IndexOf('\n', start);
            end = end < 0 ? text.Length : end;
            var content = text.AsMemory(start, end - start);
            if (!content.Span.IsWhiteSpace())
            {
                samples.Add(TextLine.Parse(content, string.Create(CultureInfo.InvariantCulture, $"{path}: line {line}")));
            }

            start = end + 1;
        }

        return samples.Count > 0 ? samples : throw new DataException($"{path}: the file is empty; a line is an object such as {TextLine.Example}.");
    }

    private static string ReadText(string path)
    {
        byte[] bytes;
        using (var stream = DataFile.OpenRead(path))
        {
            if (stream.Length > Array.MaxLength)
            {
                throw new DataException(string.Create(CultureInfo.InvariantCulture, $"{path}: has {stream.Length} bytes, and texts are read into memory, at most {Array.MaxLength} bytes a file; cut it into several."));
            }

            try
            {
                bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
            }
            catch (IOException error)
            {
                throw new DataAccessException(path, $"can't be read: {error.Message}", error);
            }
        }

        // A byte-order mark is no text.
        var content = bytes.AsSpan();
        content = content.StartsWith(Encoding.UTF8.Preamble) ? content[Encoding.UTF8.Preamble.Length..] : content;
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(content);
        }
        catch (DecoderFallbackException error)
        {
            var at = bytes.Length - content.Length + error.Index;
            var line = 1 + bytes.AsSpan(0, at).Count((byte)'\n');
            throw new DataException(
                string.Create(CultureInfo.InvariantCulture, $"{path}: line {line}: byte 0x{error.BytesUnknown?.FirstOrDefault():X2} at {at} isn't UTF-8; convert the file, as by iconv -f LATIN1 -t UTF-8."), error);
        }
    }
}
