using Winnow.Data.Formats;

namespace Winnow.Data.Scores;

/// <summary>An npy file of floats [n, classes], read some rows at a time, so that it needn't fit into memory.</summary>
internal sealed class OutputRows : IDisposable
{
    private readonly FileStream _file;
    private readonly ByteSource _source;
    private readonly NpyHeader _header;
    private byte[] _bytes = [];

    public OutputRows(string path)
    {
        _file = DataFile.OpenRead(path);
        _source = ByteSource.Open(_file, path);
        _header = Npy.ReadHeader(_source, long.MaxValue);
        if (_header.Shape is not [> 0, >= 2] || _header.Type is not (NpyType.Float16 or NpyType.Float32 or NpyType.Float64))
        {
            Dispose();
            throw new DataException($"{path} holds {_header.Type} of shape {SampleSet.Describe(_header.Shape)}, and floats of shape [samples, classes] with at least two classes are needed, a file an epoch.");
        }
    }

    /// <summary>How many samples.</summary>
    public int Count => _header.Shape[0];

    /// <summary>How many classes.</summary>
    public int Classes => _header.Shape[1];

    /// <summary>Reads the next rows.</summary>
    /// <param name="rows">Room for whole rows.</param>
    public void Read(Span<float> rows)
    {
        var size = NpyArray.SizeOf(_header.Type);
        if (_bytes.Length < rows.Length * size)
        {
            _bytes = new byte[rows.Length * size];
        }

        var bytes = _bytes.AsSpan(0, rows.Length * size);
        _source.Read(bytes, "rows");
        if (_header.BigEndian)
        {
            Npy.Reverse(bytes, size);
        }

        NpyArray.ToSingles(_header.Type, bytes, rows);
    }

    /// <summary>Refuses what follows the last row.</summary>
    public void End() => _source.ExpectEnd("the last row");

    public void Dispose()
    {
        _source.Dispose();
        _file.Dispose();
    }
}
