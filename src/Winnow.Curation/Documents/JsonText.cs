using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Winnow.Curation.Documents;

/// <summary>Texts of JSON that aren't Unicode throughout.</summary>
internal static class JsonText
{
    /// <summary>Writes a text behind those of a batch, bytes and escapes that are no Unicode as U+FFFD.</summary>
    /// <param name="value">The text between its quotation marks; its escapes are well formed, since a reader of JSON has passed over them.</param>
    /// <param name="batch">Where it goes.</param>
    /// <returns>How many bytes it has.</returns>
    public static int UnescapeLeniently(ReadOnlySpan<byte> value, RecordBatch batch)
    {
        var text = new ArrayBufferWriter<byte>(value.Length + 16);
        Span<byte> encoded = stackalloc byte[4];
        while (!value.IsEmpty)
        {
            if (value[0] != (byte)'\\')
            {
                Rune.DecodeFromUtf8(value, out var rune, out var consumed);
                text.Write(encoded[..rune.EncodeToUtf8(encoded)]);
                value = value[consumed..];
                continue;
            }

            if (value[1] != (byte)'u')
            {
                text.Write([(byte)(value[1] switch { (byte)'b' => '\b', (byte)'f' => '\f', (byte)'n' => '\n', (byte)'r' => '\r', (byte)'t' => '\t', var other => (char)other })]);
                value = value[2..];
                continue;
            }

            var (character, length) = (Unit(value), 6);
            Rune result;
            if (char.IsHighSurrogate(character) && value.Length >= 12 && value[6] == (byte)'\\' && value[7] == (byte)'u' && char.IsLowSurrogate(Unit(value[6..])))
            {
                (result, length) = (new Rune(character, Unit(value[6..])), 12);
            }
            else
            {
                result = Rune.TryCreate(character, out var one) ? one : Rune.ReplacementChar;
            }

            text.Write(encoded[..result.EncodeToUtf8(encoded)]);
            value = value[length..];
        }

        text.WrittenSpan.CopyTo(batch.TextSpace(text.WrittenCount));
        return text.WrittenCount;
    }

    private static char Unit(ReadOnlySpan<byte> escape)
    {
        Span<byte> unit = stackalloc byte[2];
        _ = Convert.FromHexString(escape.Slice(2, 4), unit, out _, out _);
        return (char)BinaryPrimitives.ReadUInt16BigEndian(unit);
    }
}
