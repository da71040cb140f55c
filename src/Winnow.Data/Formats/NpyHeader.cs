using Winnow.Catalog;

namespace Winnow.Data.Formats;

// The header of an npy file: a Python dictionary literal of exactly three keys. Read by a parser that knows nothing else, so nothing in a
// file is ever evaluated.
sealed class NpyHeader
{
    readonly ByteSource source;
    readonly long start;
    readonly string text;
    int at;

    NpyHeader(ByteSource source, long start, string text)
    {
        this.source = source;
        this.start = start;
        this.text = text;
    }

    public NpyType Type { get; private set; }

    public bool BigEndian { get; private set; }

    public bool Fortran { get; private set; }

    public int[] Shape { get; private set; } = [];

    // The byte at which the text starts is only for errors.
    public static NpyHeader Parse(ByteSource source, long start, string text)
    {
        var header = new NpyHeader(source, start, text);
        header.Dictionary();
        return header;
    }

    public static string Format(NpyType type, ReadOnlySpan<int> shape)
    {
        string extents = string.Join(", ", shape.ToArray()) + (shape.Length == 1 ? "," : "");
        return $"{{'descr': '{Code(type)}', 'fortran_order': False, 'shape': ({extents}), }}";
    }

    void Dictionary()
    {
        bool descr = false, order = false, shape = false;
        Expect('{');
        while (!Accept('}'))
        {
            int keyAt = SkipSpace();
            string key = Quoted();
            Expect(':');
            SkipSpace();
            bool seen = key switch { "descr" => descr, "fortran_order" => order, "shape" => shape, _ => true };
            if (seen)
                throw Error(keyAt, "'descr', 'fortran_order' and 'shape', each once", $"'{key}'");
            switch (key)
            {
                case "descr": Descriptor(); descr = true; break;
                case "fortran_order": Fortran = Boolean(); order = true; break;
                default: Extents(); shape = true; break;
            }

            if (!Accept(','))
            {
                Expect('}');
                break;
            }
        }

        SkipSpace();
        if (at < text.Length)
            throw Error(at, "nothing after the dictionary", Show());
        if (!(descr && order && shape))
            throw Error(at, "'descr', 'fortran_order' and 'shape'", "a dictionary without all of them");
    }

    void Descriptor()
    {
        int begin = at;
        if (Peek() == '[')
            throw Error(begin, "one type for all elements", "a record type", "Save one plain array a file.");
        string code = Quoted();
        if (code.Length > 1 && code[1] == 'O')
            throw Error(begin, "a numeric type", "'" + code + "' (Python objects)", "Objects are pickles, which can run code, and are never read; save a numeric array.");
        BigEndian = code.StartsWith('>');
        string plain = code.Length > 0 && code[0] is '<' or '>' or '|' or '=' ? code[1..] : code;
        Type = plain switch
        {
            "b1" or "?" => NpyType.Boolean,
            "i1" => NpyType.Int8,
            "i2" => NpyType.Int16,
            "i4" => NpyType.Int32,
            "i8" => NpyType.Int64,
            "u1" => NpyType.UInt8,
            "u2" => NpyType.UInt16,
            "u4" => NpyType.UInt32,
            "u8" => NpyType.UInt64,
            "f2" => NpyType.Float16,
            "f4" => NpyType.Float32,
            "f8" => NpyType.Float64,
            _ => throw Error(begin, "a numeric type of 1 to 8 bytes", $"'{code}'", "Convert it before saving, e.g. x.astype('float32')."),
        };
    }

    void Extents()
    {
        Expect('(');
        var extents = new List<int>();
        long product = 1;
        while (!Accept(')'))
        {
            int begin = SkipSpace();
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
            if (NumberText.Read(text.AsSpan(begin, at - begin), out int extent) is not null)
                throw Error(begin, $"an extent in [0, {int.MaxValue}]", Show(begin));
            if (at < text.Length && text[at] == 'L')
                at++; // Python 2 wrote long integers so
            extents.Add(extent);

            // A zero extent makes the array empty whatever the others are; they are still held to the limit.
            product *= Math.Max(1, extent);
            if (product > Array.MaxLength || extents.Count > 32)
                throw Error(begin, $"at most {Array.MaxLength} bytes in at most 32 extents", $"({string.Join(", ", extents)}, …)");
            if (!Accept(','))
            {
                Expect(')');
                break;
            }
        }

        Shape = [.. extents];
    }

    bool Boolean()
    {
        foreach (string word in (ReadOnlySpan<string>)["True", "False"])
        {
            if (text.AsSpan(at).StartsWith(word, StringComparison.Ordinal))
            {
                at += word.Length;
                return word == "True";
            }
        }

        throw Error(at, "True or False", Show());
    }

    string Quoted()
    {
        char quote = Peek();
        if (quote is not ('\'' or '"'))
            throw Error(at, "a quoted word", Show());
        int end = text.IndexOf(quote, at + 1);
        if (end < 0 || end - at > 64)
            throw Error(at, "a quoted word", Show());
        string word = text[(at + 1)..end];
        at = end + 1;
        return word;
    }

    char Peek() => at < text.Length ? text[at] : '\0';

    bool Accept(char c)
    {
        SkipSpace();
        if (Peek() != c)
            return false;
        at++;
        return true;
    }

    void Expect(char c)
    {
        if (!Accept(c))
            throw Error(at, $"'{c}'", Show());
    }

    int SkipSpace()
    {
        while (at < text.Length && text[at] is ' ' or '\n' or '\t' or '\r')
            at++;
        return at;
    }

    string Show() => Show(at);

    // A few characters, printable ones only: the file may be anything.
    string Show(int from)
    {
        if (from >= text.Length)
            return "the end of the header";
        char[] some = text[from..Math.Min(text.Length, from + 16)].ToCharArray();
        for (int i = 0; i < some.Length; i++)
            some[i] = char.IsBetween(some[i], ' ', '~') ? some[i] : '?';
        return $"\"{new string(some)}\"";
    }

    DataFormatException Error(int position, string expected, string found, string? remedy = null)
        => source.Error(start + position, expected + " in the npy header", found, remedy);

    static string Code(NpyType type) => type switch
    {
        NpyType.Boolean => "|b1",
        NpyType.Int8 => "|i1",
        NpyType.Int16 => "<i2",
        NpyType.Int32 => "<i4",
        NpyType.Int64 => "<i8",
        NpyType.UInt8 => "|u1",
        NpyType.UInt16 => "<u2",
        NpyType.UInt32 => "<u4",
        NpyType.UInt64 => "<u8",
        NpyType.Float16 => "<f2",
        NpyType.Float32 => "<f4",
        _ => "<f8",
    };
}
