using System.Buffers;

namespace Winnow.Data.Files;

/// <summary>The bytes of samples: in memory, one after another, or at places of files.</summary>
internal readonly struct SampleContent
{
    private readonly SampleFiles? _files;
    private readonly RowNumbers _places;

    /// <summary>In memory.</summary>
    public SampleContent(ReadOnlyMemory<byte> memory) => Memory = memory;

    /// <summary>All that files hold.</summary>
    public SampleContent(SampleFiles files)
        : this(files, default)
    {
    }

    private SampleContent(SampleFiles files, RowNumbers places) => (_files, _places) = (files, places);

    /// <summary>The bytes where they are in memory; empty where they are in files.</summary>
    public ReadOnlyMemory<byte> Memory { get; }

    /// <summary>The files; null for memory.</summary>
    public SampleFiles? Files => _files;

    /// <summary>Consecutive samples, shared.</summary>
    public SampleContent Slice(int start, int count, int stride) =>
        _files is null ? new(Memory.Slice(start * stride, count * stride)) : new(_files, _places.Slice(start, count));

    /// <summary>The samples with these ids: of memory a copy, of files only their places.</summary>
    public SampleContent Select(ReadOnlySpan<int> ids, int stride)
    {
        if (_files is not null)
        {
            return new(_files, _places.Select(ids));
        }

        var chosen = GC.AllocateUninitializedArray<byte>(stride * ids.Length);
        Read(ids, chosen, stride);
        return new(chosen);
    }

    /// <summary>Copies the samples with these ids, in this order.</summary>
    public void Read(ReadOnlySpan<int> ids, Span<byte> destination, int stride)
    {
        if (_files is null)
        {
            var memory = Memory.Span;
            for (var i = 0; i < ids.Length; i++)
            {
                memory.Slice(ids[i] * stride, stride).CopyTo(destination[(i * stride)..]);
            }

            return;
        }

        var places = ArrayPool<int>.Shared.Rent(ids.Length);
        for (var i = 0; i < ids.Length; i++)
        {
            places[i] = _places.At(ids[i]);
        }

        try
        {
            _files.Read(places.AsSpan(0, ids.Length), destination);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(places);
        }
    }

    /// <summary>The place of a sample in the files.</summary>
    public int Place(int id) => _places.At(id);
}
