using Winnow.Catalog;

namespace Winnow.Data.Formats;

// The header of an npy file: a Python dictionary literal of exactly three keys. Read by a parser that knows nothing else, so nothing in a
// file is ever evaluated.
internal sealed class NpyHeader
{
    private readonly ByteSource _source;
    private readonly long _start;
    private readonly string _text;
    private int _at;

    private readonly long _most;

    private NpyHeader(ByteSource source, long start, string text, long most)
    {
        _source = source;
        _most = most;
        _start = start;
        _text = text;
    }

    public NpyType Type { get; private set; }

    public bool BigEndian { get; private set; }

    public bool Fortran { get; private set; }

    public int[] Shape { get; private set; } = [];

    // Where the text starts.
    public long Start => _start;

    // Of all elements.
    public long Bytes => Shape.Aggregate((long)NpyArray.SizeOf(Type), static (product, extent) => product * extent);

    // The byte at which the text starts is only for errors; the most elements that there may be, too.
    public static NpyHeader Parse(ByteSource source, long start, string text, long most)
    {
        var header = new NpyHeader(source, start, text, most);
        header.Dictionary();
        return header;
    }

    public static string Format(NpyType type, ReadOnlySpan<int> shape)
    {
        var extents = string.Join(", ", shape.ToArray()) + (shape.Length == 1 ? "," : "");
        return $"{{'descr': '{Code(type)}', 'fortran_order': False, 'shape': ({extents}), }}";
    }

    private void Dictionary()
    {
        bool descr = false, order = false, shape = false;
        Expect('{');
        while (!Accept('}'))
        {
            var keyAt = SkipSpace();
            var key = Quoted();
            Expect(':');
            SkipSpace();
            var seen = key switch { "descr" => descr, "fortran_order" => order, "shape" => shape, _ => true };
            if (seen)
            {
                throw Error(keyAt, "'descr', 'fortran_order' and 'shape', each once", $"'{key}'");
            }

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
        if (_at < _text.Length)
        {
            throw Error(_at, "nothing after the dictionary", Show());
        }

        if (!(descr && order && shape))
        {
            throw Error(_at, "'descr', 'fortran_order' and 'shape'", "a dictionary without all of them");
        }
    }

    private void Descriptor()
    {
        var begin = _at;
        if (Peek() == '[')
        {
            throw Error(begin, "one type for all elements", "a record type", "Save one plain array a file.");
        }

        var code = Quoted();
        if (code.Length > 1 && code[1] == 'O')
        {
            throw Error(begin, "a numeric type", "'" + code + "' (Python objects)", "Objects are pickles, which can run code, and are never read; save a numeric array.");
        }

        BigEndian = code.StartsWith('>');
        var plain = code.Length > 0 && code[0] is '<' or '>' or '|' or '=' ? code[1..] : code;
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

    private void Extents()
    {
        Expect('(');
        var extents = new List<int>();
        long product = 1;
        while (!Accept(')'))
        {
            var begin = SkipSpace();
            while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
            {
                _at++;
            }

            if (NumberText.Read(_text.AsSpan(begin, _at - begin), out int extent) is not null)
            {
                throw Error(begin, $"an extent in [0, {int.MaxValue}]", Show(begin));
            }

            if (_at < _text.Length && _text[_at] == 'L')
            {
                _at++; // Python 2 wrote long integers so
            }

            extents.Add(extent);

            // A zero extent makes the array empty whatever the others are; they are still held to the limit.
            product *= Math.Max(1, extent);
            if (product > _most || extents.Count > 32)
            {
                throw Error(begin, $"at most {_most} bytes in at most 32 extents", $"({string.Join(", ", extents)}, …)");
            }

            if (!Accept(','))
            {
                Expect(')');
                break;
            }
        }

        Shape = [.. extents];
    }

    private bool Boolean()
    {
        foreach (var word in (ReadOnlySpan<string>)["True", "False"])
        {
            if (_text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal))
            {
                _at += word.Length;
                return word == "True";
            }
        }

        throw Error(_at, "True or False", Show());
    }

    private string Quoted()
    {
        var quote = Peek();
        if (quote is not ('\'' or '"'))
        {
            throw Error(_at, "a quoted word", Show());
        }

        var end = _text.IndexOf(quote, _at + 1);
        if (end < 0 || end - _at > 64)
        {
            throw Error(_at, "a quoted word", Show());
        }

        var word = _text[(_at + 1)..end];
        _at = end + 1;
        return word;
    }

    private char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private bool Accept(char c)
    {
        SkipSpace();
        if (Peek() != c)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Expect(char c)
    {
        if (!Accept(c))
        {
            throw Error(_at, $"'{c}'", Show());
        }
    }

    private int SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\n' or '\t' or '\r')
        {
            _at++;
        }

        return _at;
    }

    private string Show() => Show(_at);

    // A few characters, printable ones only: the file may be anything.
    private string Show(int from)
    {
        if (from >= _text.Length)
        {
            return "the end of the header";
        }

        var some = _text[from..Math.Min(_text.Length, from + 16)].ToCharArray();
        for (var i = 0; i < some.Length; i++)
        {
            some[i] = char.IsBetween(some[i], ' ', '~') ? some[i] : '?';
        }

        return $"\"{new string(some)}\"";
    }

    private DataFormatException Error(int position, string expected, string found, string? remedy = null)
        => _source.Error(_start + position, expected + " in the npy header", found, remedy);

    private static string Code(NpyType type) => type switch
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
