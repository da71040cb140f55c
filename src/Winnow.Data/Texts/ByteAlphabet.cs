namespace Winnow.Data.Texts;

/// <summary>
/// The 256 characters that stand for bytes in the vocabulary of a byte-level tokenizer: printable Latin-1 for itself, the others from U+0100 on, in their order. So that every token can be written
/// in JSON, whatever its bytes.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] s_characters = Make();

    private static readonly Dictionary<char, byte> s_bytes = s_characters.Index().ToDictionary(static pair => pair.Item, static pair => (byte)pair.Index);

    /// <summary>The character of a byte.</summary>
    public static char Of(byte value) => s_characters[value];

    /// <summary>The byte of a character; false for one that stands for none.</summary>
    public static bool TryByte(char character, out byte value) => s_bytes.TryGetValue(character, out value);

    private static char[] Make()
    {
        var characters = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            characters[value] = (char)(value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? value : next++);
        }

        return characters;
    }
}
