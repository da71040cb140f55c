using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using Winnow.Data.Formats;
using Winnow.Geometry;

namespace Winnow.Data;

/// <summary>
/// Embeddings in a file of numpy, [N, D] in float32 or float16, mapped: rows are read where they lie when they are asked for, and the system keeps of them
/// what it has memory for. The file may be larger than memory. float16 is widened a block at a time, into a buffer of the thread that asks.
/// </summary>
/// <remarks>
/// The file mustn't be written to or cut while it is open. Reading a mapped file that somebody has made shorter, or whose disk fails, ends the
/// process: the system has no other way to tell. Copy a file that others work on.
/// </remarks>
public sealed unsafe class MappedEmbeddings : EmbeddingMatrix, IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private readonly bool _halves;
    private readonly ThreadLocal<float[]> _widened = new(static () => []);
    private bool _closed;

    private MappedEmbeddings(FileStream stream, long offset, int count, int width, bool halves)
        : base(count, width)
    {
        _halves = halves;
        if (count == 0)
        {
            // Nothing can be mapped, and nothing needs to be.
            stream.Dispose();
            return;
        }

        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _start = pointer + _view.PointerOffset + offset;
    }

    /// <summary>Opens a file. Only its header is read; whether all numbers are finite is looked at by what computes with them.</summary>
    /// <param name="path">An npy file of two extents, float32 or float16, row after row, not packed.</param>
    /// <exception cref="DataAccessException">It can't be opened.</exception>
    /// <exception cref="DataFormatException">Any damage, with its offset; a length that isn't what the header says.</exception>
    /// <exception cref="DataException">An array of another shape or type.</exception>
    public static MappedEmbeddings Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var stream = DataFile.OpenRead(path);
        try
        {
            return Open(stream, path);
        }
        catch (Exception error)
        {
            stream.Dispose();
            if (error is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new DataAccessException(path, $"can't be mapped: {error.Message}", error);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Read(int start, int count)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (count == 0)
        {
            return [];
        }

        var from = _start + ((long)start * Width * (_halves ? sizeof(ushort) : sizeof(float)));
        if (!_halves)
        {
            return new(from, count * Width);
        }

        var numbers = count * Width;
        var room = _widened.Value!;
        if (room.Length < numbers)
        {
            _widened.Value = room = GC.AllocateUninitializedArray<float>(numbers);
        }

        TensorPrimitives.ConvertToSingle(new ReadOnlySpan<Half>(from, numbers), room);
        return room.AsSpan(0, numbers);
    }

    /// <summary>Closes the file. Rows that were shown before mustn't be looked at any more.</summary>
    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
        _widened.Dispose();
    }

    private static MappedEmbeddings Open(FileStream stream, string path)
    {
        using var source = ByteSource.Open(stream, path);
        if (source.IsPacked)
        {
            throw new DataException($"{path}: is packed by gzip, and a packed file can't be mapped; unpack it first.");
        }

        var header = Npy.ReadHeader(source, long.MaxValue / sizeof(double));
        if (header.Shape.Length != 2 || header.Shape[1] == 0)
        {
            throw new DataException($"{path}: an array of shape {SampleSet.Describe(header.Shape)}; embeddings are [N, D], a row a sample, with D of at least 1. Reshape it, e.g. x.reshape(len(x), -1).");
        }

        if (header.Type is not (NpyType.Float32 or NpyType.Float16) || header.BigEndian)
        {
            throw new DataException($"{path}: numbers of type {header.Type}{(header.BigEndian ? ", big-endian" : "")}; embeddings are mapped as float32 or float16, little-endian. Save x.astype('<f4').");
        }

        if (source.Remaining != header.Bytes)
        {
            throw source.Error(source.Offset, string.Create(CultureInfo.InvariantCulture, $"{header.Bytes} bytes of {SampleSet.Describe(header.Shape)} {header.Type}"),
                string.Create(CultureInfo.InvariantCulture, $"{source.Remaining}"), "The file was cut off, or something was added to it; write it again.");
        }

        return new(stream, source.Offset, header.Shape[0], header.Shape[1], header.Type == NpyType.Float16);
    }
}
