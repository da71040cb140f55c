using System.Globalization;
using System.Text;

namespace Winnow.Curation.Documents;

/// <summary>Reads JSON lines: a record a line that isn't blank, ended by a line feed or by carriage return and line feed. A byte-order mark at the beginning is no record.</summary>
internal sealed class LineReader : RecordReader
{
    private const int Step = 1 << 18, LongestLine = 1 << 30;

    private readonly HashedInput _file;
    private readonly UnpackedInput _input;
    private byte[] _rest = [];
    private int _restLength;
    private long _row;
    private long _line = 1;
    private bool _begun, _ended;

    public LineReader(Shard shard)
        : base(shard)
    {
        _file = new(shard.Files[0], Content);
        try
        {
            _input = new(_file, shard.Files[0]);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override long BytesRead => _file.BytesRead;

    /// <inheritdoc/>
    public override bool Read(RecordBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        while (true)
        {
            batch.Begin(Shard, _row, _line);
            _rest.AsSpan(0, _restLength).CopyTo(batch.Space(Math.Max(_restLength, BatchBytes)));
            batch.Advance(_restLength);
            _restLength = 0;
            Fill(batch);
            Split(batch);
            if (batch.Count > 0)
            {
                _row += batch.Count;
                return true;
            }

            if (_ended)
            {
                return false;
            }
        }
    }

    private protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _input.Dispose();
        }
    }

    /// <summary>Reads until there is enough, and the end of a line in it.</summary>
    private void Fill(RecordBatch batch)
    {
        var hasEnd = batch.Raw.Contains((byte)'\n');
        while (!_ended && (batch.RawLength < BatchBytes || !hasEnd))
        {
            if (batch.RawLength > LongestLine)
            {
                throw new RecordException(string.Create(CultureInfo.InvariantCulture,
                    $"{Shard.Files[0]}: line {_line}: is longer than {LongestLine >> 20:N0} MiB, the longest record that is read; is it one JSON document over several lines? Write an object a line, or cut the record into several."));
            }

            var n = _input.Read(batch.Space(Step)[..Step]);
            if (n == 0)
            {
                _ended = true;
                break;
            }

            var before = batch.RawLength;
            batch.Advance(n);
            hasEnd |= batch.Raw[before..].Contains((byte)'\n');
            if (!_begun && batch.RawLength >= 3)
            {
                SkipMark(batch);
            }
        }

        if (!_begun)
        {
            SkipMark(batch);
        }
    }

    // The mark is made blank, so that nothing moves.
    private void SkipMark(RecordBatch batch)
    {
        _begun = true;
        if (batch.Raw.StartsWith(Encoding.UTF8.Preamble))
        {
            batch.Blank(Encoding.UTF8.Preamble.Length);
        }
    }

    private void Split(RecordBatch batch)
    {
        var raw = batch.Raw;
        var (start, line) = (0, 0);
        while (start < raw.Length)
        {
            var length = raw[start..].IndexOf((byte)'\n');
            var last = length < 0;
            if (last && !_ended)
            {
                break;
            }

            length = last ? raw.Length - start : length;
            var record = raw.Slice(start, length).TrimEnd(" \t\r"u8);
            var blank = record.Length - record.TrimStart(" \t\r"u8).Length;
            if (blank < record.Length)
            {
                batch.AddRecord(start + blank, record.Length - blank, line);
            }

            start += length + (last ? 0 : 1);
            line++;
        }

        _line += line;
        _restLength = raw.Length - start;
        if (_rest.Length < _restLength)
        {
            _rest = new byte[_restLength];
        }

        raw[start..].CopyTo(_rest);
        batch.Truncate(start);
    }
}
