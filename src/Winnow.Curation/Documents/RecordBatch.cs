using System.Globalization;
using System.Text;

namespace Winnow.Curation.Documents;

/// <summary>
/// Records of one shard that stand one behind the other: as they were read, JSON objects in UTF-8, and, once parsed (<see cref="RecordParser"/>), their texts. Buffers are kept when it is filled anew.
/// </summary>
public sealed class RecordBatch
{
    private byte[] _raw = [], _text = [], _names = [];
    private readonly List<Range> _records = [];
    private readonly List<int> _lines = [];
    private readonly List<Field> _fields = [];
    private int _rawLength, _textLength, _namesLength;

    /// <summary>Whose records they are.</summary>
    public Shard Shard { get; private set; } = new(0, "", RecordFormat.JsonLines, [], 0);

    /// <summary>The number of the first one within its shard, from 0.</summary>
    public long FirstRow { get; private set; }

    /// <summary>How many there are.</summary>
    public int Count => _records.Count;

    /// <summary>How many bytes of records it holds.</summary>
    public int RawLength => _rawLength;

    /// <summary>Whether its fields are known already: of a columnar file, which has no records as bytes.</summary>
    public bool IsParsed { get; private set; }

    /// <summary>A record as it was read: a JSON object in UTF-8, without what ends its line. Empty of a columnar file.</summary>
    public ReadOnlySpan<byte> Record(int i) => _raw.AsSpan(_records[i]);

    /// <summary>A record's text in UTF-8; bytes that are none stand as U+FFFD. Empty where the field is null.</summary>
    public ReadOnlySpan<byte> Text(int i) => _text.AsSpan(_fields[i].Text);

    /// <summary>Whether a record's text had bytes or escapes that are no Unicode.</summary>
    public bool IsInvalid(int i) => _fields[i].Invalid;

    /// <summary>A record's number: NaN where it has none, or where none was asked for.</summary>
    public double Number(int i) => _fields[i].Number;

    /// <summary>Where a record is from: its field's value, or the shard's name.</summary>
    public string Source(int i) => _fields.Count > 0 && _fields[i].Source is { } range ? Encoding.UTF8.GetString(_names, range.Start.Value, range.End.Value - range.Start.Value) : Shard.Name;

    /// <summary>A record's name: its field's value, or file and row, as in <c>part-1.jsonl:17</c>, from 0.</summary>
    public string Id(int i) => _fields[i].Id is { } range
        ? Encoding.UTF8.GetString(_names, range.Start.Value, range.End.Value - range.Start.Value)
        : string.Create(CultureInfo.InvariantCulture, $"{Shard.Name}:{FirstRow + i}");

    /// <summary>Where a record stands, for messages: file and line.</summary>
    public string Place(int i) => Shard.Format switch
    {
        RecordFormat.PlainText => Shard.Files[(int)FirstRow + i],
        RecordFormat.Parquet => string.Create(CultureInfo.InvariantCulture, $"{Shard.Files[0]}: row {FirstRow + i}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Shard.Files[0]}: line {FirstLine + _lines[i]}"),
    };

    /// <summary>The number of the line that the batch begins at, from 1.</summary>
    internal long FirstLine { get; private set; }

    internal void Begin(Shard shard, long firstRow, long firstLine)
    {
        (Shard, FirstRow, FirstLine) = (shard, firstRow, firstLine);
        _records.Clear();
        _lines.Clear();
        _fields.Clear();
        (_rawLength, _textLength, _namesLength, IsParsed) = (0, 0, 0, false);
    }

    /// <summary>Room behind the bytes that are there.</summary>
    internal Span<byte> Space(int atLeast) => Room(ref _raw, _rawLength, atLeast);

    internal void Advance(int count) => _rawLength += count;

    internal ReadOnlySpan<byte> Raw => _raw.AsSpan(0, _rawLength);

    /// <summary>Makes the first bytes blanks.</summary>
    internal void Blank(int count) => _raw.AsSpan(0, count).Fill((byte)' ');

    internal void Truncate(int length) => _rawLength = length;

    /// <summary>Takes bytes that are there for a record.</summary>
    internal void AddRecord(int start, int length, int line)
    {
        _records.Add(start..(start + length));
        _lines.Add(line);
    }

    /// <summary>Takes a row of a columnar file for a record.</summary>
    internal void AddRow(ReadOnlySpan<byte> text, bool invalid, Range? id, double number, Range? source)
    {
        IsParsed = true;
        text.CopyTo(TextSpace(text.Length));
        AddRecord(0, 0, 0);
        AddFields(text.Length, invalid, id, number, source);
    }

    /// <summary>How many bytes of texts it holds.</summary>
    internal int TextLength => _textLength;

    internal Span<byte> TextSpace(int atLeast) => Room(ref _text, _textLength, atLeast);

    /// <summary>Writes a name beside the texts.</summary>
    internal Range AddName(ReadOnlySpan<byte> name)
    {
        name.CopyTo(Room(ref _names, _namesLength, name.Length));
        var range = _namesLength..(_namesLength + name.Length);
        _namesLength += name.Length;
        return range;
    }

    internal void AddFields(int textLength, bool invalid, Range? id, double number, Range? source)
    {
        _fields.Add(new(_textLength..(_textLength + textLength), invalid, id, number, source));
        _textLength += textLength;
    }

    private static Span<byte> Room(ref byte[] buffer, int length, int atLeast)
    {
        if (buffer.Length - length < atLeast)
        {
            Array.Resize(ref buffer, (int)Math.Min(Array.MaxLength, Math.Max((long)length + atLeast, Math.Max(1 << 16, 2L * buffer.Length))));
        }

        return buffer.AsSpan(length);
    }

    private readonly record struct Field(Range Text, bool Invalid, Range? Id, double Number, Range? Source);
}
