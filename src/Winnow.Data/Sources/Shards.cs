using System.Globalization;
using Winnow.Data.Files;
using Winnow.Data.Formats;

namespace Winnow.Data.Sources;

/// <summary>The numbered npy files of one part of a data set: samples whose files can be read at any place, and their labels.</summary>
internal sealed class Shards
{
    private readonly string _name;
    private readonly List<(string Path, long Offset, int Count)> _files = [];
    private readonly ElementType _type;
    private readonly int[] _shape = [];
    private readonly int[] _labels;

    private Shards(List<(int Number, string Path)> x, List<(int Number, string Path)> y, string name)
    {
        _name = name;
        var labels = new List<int>();
        NpyType? type = null;
        for (var i = 0; i < Math.Max(x.Count, y.Count); i++)
        {
            if (i >= x.Count || i >= y.Count || x[i].Number != y[i].Number)
            {
                throw Alone(i >= x.Count || (i < y.Count && y[i].Number < x[i].Number) ? y[i].Path : x[i].Path);
            }

            var (header, offset) = Header(x[i].Path);
            var (elements, shape) = Sample(header, x[i].Path);
            if (type is null)
            {
                (type, _type, _shape) = (header.Type, elements, shape);
            }
            else if (type != header.Type || !_shape.AsSpan().SequenceEqual(shape))
            {
                throw new DataException($"{x[i].Path} holds samples {SampleSet.Describe(shape)} of {header.Type}, {x[0].Path} {SampleSet.Describe(_shape)} of {type}; all pieces must be alike.");
            }

            var y1 = NpyFolder.Labels(Npy.Read(y[i].Path), y[i].Path);
            if (y1.Length != header.Shape[0])
            {
                throw new DataException(string.Create(CultureInfo.InvariantCulture, $"{x[i].Path} has {header.Shape[0]} samples, {y[i].Path} has {y1.Length} labels; they don't belong together."));
            }

            labels.AddRange(y1);
            _files.Add((x[i].Path, offset, y1.Length));
        }

        _labels = [.. labels];
    }

    /// <summary>Bytes of all samples.</summary>
    public long Bytes => (long)_labels.Length * SampleBytes;

    private int SampleBytes => _shape.Aggregate(_type == ElementType.UInt8 ? 1 : sizeof(float), static (product, extent) => checked(product * extent));

    /// <summary>Looks at the headers of all pieces and reads the labels.</summary>
    /// <param name="x">The samples' files.</param>
    /// <param name="y">The labels' files.</param>
    /// <param name="name">What the part is called.</param>
    /// <exception cref="DataException">Pieces that don't belong together, damaged ones, or such as would have to be converted.</exception>
    public static Shards Of(List<(int Number, string Path)> x, List<(int Number, string Path)> y, string name) => new(x, y, name);

    /// <summary>The samples, in their files or in memory.</summary>
    /// <param name="inFiles">Whether they stay in their files.</param>
    /// <param name="cacheFolder">Where is kept what is found out by reading all of them.</param>
    public SampleSet Open(bool inFiles, string? cacheFolder)
    {
        var files = new SampleFiles(_files.Select(static file => new SampleFile(file.Path, file.Offset, file.Count)), SampleBytes, cacheFolder);
        if (inFiles)
        {
            return SampleSet.OfFiles(_name, _type, _shape, files, _labels, classes: 0, classNames: null);
        }

        var all = GC.AllocateUninitializedArray<byte>((int)Bytes);
        files.Read(0, all);
        return SampleSet.Create(_name, _type, _shape, all, _labels, classes: 0, classNames: null);
    }

    private static DataAccessException Alone(string path)
    {
        var file = Path.GetFileName(path);
        return new(Path.Combine(Path.GetDirectoryName(path)!, (file[0] == 'x' ? 'y' : 'x') + file[1..]), $"there is no such file, though there is {file}; samples (x) and labels (y) come in pairs.");
    }

    private static (NpyHeader Header, long Offset) Header(string path)
    {
        using var stream = DataFile.OpenRead(path);
        using var source = ByteSource.Open(stream, path, allowGzip: false);
        var header = Npy.ReadHeader(source, most: 1L << 40);
        if (header.Bytes != source.Remaining)
        {
            throw source.Error(source.Offset, string.Create(CultureInfo.InvariantCulture, $"{header.Bytes} bytes of elements ({SampleSet.Describe(header.Shape)} of {header.Type}) and then the end of the file"),
                string.Create(CultureInfo.InvariantCulture, $"{source.Remaining} bytes"), "The file is truncated or its header lies; fetch it again.");
        }

        return (header, source.Offset);
    }

    // As x.npy, but for what would have to be converted: a file that is read at any place is read as it is.
    private static (ElementType Type, int[] Shape) Sample(NpyHeader header, string path)
    {
        var shape = header.Shape;
        var text = $"{path}: {header.Type} of shape {SampleSet.Describe(shape)}";
        if (header.Type is not (NpyType.UInt8 or NpyType.Float32) || header.BigEndian)
        {
            throw new DataException($"{text}{(header.BigEndian ? ", big-endian" : "")}; pieces of a data set hold images of uint8, or features or images of float32, little-endian. Save x.astype('<f4'), or images x.astype('uint8').");
        }

        var bytes = header.Type == NpyType.UInt8;
        if (shape.Length is not (3 or 4) && (bytes || shape.Length != 2))
        {
            throw new DataException($"{text}; images are [N, H, W] or [N, C, H, W]{(bytes ? "" : ", features [N, D]")}.");
        }

        if (shape.Length == 4 && shape[1] is not (1 or 3 or 4) && (bytes || shape[3] is 1 or 3 or 4))
        {
            throw new DataException($"{text}; in pieces of a data set the channels (1, 3 or 4 of them) come before height and width. Save x.transpose(0, 3, 1, 2).");
        }

        return shape.Contains(0)
            ? throw new DataException($"{text} holds no samples; at least one is needed in each piece.")
            : (bytes ? ElementType.UInt8 : ElementType.Float32, shape.Length == 3 ? [1, shape[1], shape[2]] : shape[1..]);
    }
}
