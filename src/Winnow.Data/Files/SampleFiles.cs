using System.Buffers;

namespace Winnow.Data.Files;

/// <summary>
/// Samples that lie in files, the ones after the others: a sample's place is counted through all files. Reads whichever are asked for, in the order of the files, neighbours
/// at once; safe to be used by several threads.
/// </summary>
internal sealed class SampleFiles
{
    // Two samples are read at once, with what lies between them, where that is no more than the page that is fetched anyway.
    private const int MostBetween = 4096, MostAtOnce = 1 << 20;

    private readonly SampleFile[] _files;
    private readonly int[] _first;

    /// <param name="files">At least one.</param>
    /// <param name="sampleBytes">Bytes of a sample.</param>
    /// <param name="cacheFolder">Where is kept what was found out by reading all of them; null for nowhere.</param>
    public SampleFiles(IEnumerable<SampleFile> files, int sampleBytes, string? cacheFolder)
    {
        (_files, SampleBytes, CacheFolder) = ([.. files], sampleBytes, cacheFolder);
        _first = new int[_files.Length];
        foreach (var (i, file) in _files.Index())
        {
            _first[i] = Count;
            Count = checked(Count + file.Count);
        }
    }

    /// <summary>How many samples there are.</summary>
    public int Count { get; }

    /// <summary>Bytes of a sample.</summary>
    public int SampleBytes { get; }

    /// <summary>Where is kept what was found out by reading all of them; null for nowhere.</summary>
    public string? CacheFolder { get; }

    /// <summary>What tells the files from others, and from themselves with other content.</summary>
    public IEnumerable<string> Identity => _files.Select(static file => file.Identity);

    /// <inheritdoc cref="SampleFile.CheckUnchanged"/>
    public void CheckUnchanged()
    {
        foreach (var file in _files)
        {
            file.CheckUnchanged();
        }
    }

    /// <summary>Reads samples that lie one after another.</summary>
    /// <param name="place">Of the first.</param>
    /// <param name="destination">As many as it holds.</param>
    /// <exception cref="DataAccessException">A file has become shorter, or can't be read.</exception>
    public void Read(int place, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var file = FileOf(place);
            var (at, left) = (place - _first[file], destination.Length / SampleBytes);
            var count = Math.Min(left, _files[file].Count - at);
            _files[file].Read((long)at * SampleBytes, destination[..(count * SampleBytes)]);
            place += count;
            destination = destination[(count * SampleBytes)..];
        }
    }

    /// <summary>Reads samples from anywhere.</summary>
    /// <param name="places">Theirs, in any order; some may come twice.</param>
    /// <param name="destination">Takes them in that order.</param>
    /// <exception cref="DataAccessException">A file has become shorter, or can't be read.</exception>
    public void Read(ReadOnlySpan<int> places, Span<byte> destination)
    {
        var rented = ArrayPool<ulong>.Shared.Rent(places.Length);
        byte[]? room = null;
        try
        {
            // By place in the files; below it, the place in the destination.
            var wanted = rented.AsSpan(0, places.Length);
            for (var k = 0; k < places.Length; k++)
            {
                wanted[k] = ((ulong)(uint)places[k] << 32) | (uint)k;
            }

            wanted.Sort();
            for (var i = 0; i < wanted.Length;)
            {
                var end = EndOfRun(wanted, i);
                var (first, count) = (Place(wanted[i]), Place(wanted[end - 1]) - Place(wanted[i]) + 1);
                if (IsInOrder(wanted[i..end]))
                {
                    Read(first, destination.Slice(Slot(wanted[i]) * SampleBytes, (end - i) * SampleBytes));
                }
                else
                {
                    room ??= ArrayPool<byte>.Shared.Rent(Math.Max(MostAtOnce, SampleBytes));
                    var run = room.AsSpan(0, count * SampleBytes);
                    Read(first, run);
                    foreach (var one in wanted[i..end])
                    {
                        run.Slice((Place(one) - first) * SampleBytes, SampleBytes).CopyTo(destination[(Slot(one) * SampleBytes)..]);
                    }
                }

                i = end;
            }
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(rented);
            if (room is not null)
            {
                ArrayPool<byte>.Shared.Return(room);
            }
        }
    }

    private static int Place(ulong wanted) => (int)(wanted >> 32);

    private static int Slot(ulong wanted) => (int)(uint)wanted;

    /// <summary>Where the samples end that are read together with the one at <paramref name="start"/>.</summary>
    private int EndOfRun(ReadOnlySpan<ulong> wanted, int start)
    {
        var (end, first, step) = (start + 1, Place(wanted[start]), 1 + (MostBetween / SampleBytes));
        while (end < wanted.Length && Place(wanted[end]) - Place(wanted[end - 1]) <= step && (Place(wanted[end]) - first + 1L) * SampleBytes <= MostAtOnce)
        {
            end++;
        }

        return end;
    }

    /// <summary>Whether neighbours in the files are neighbours in the destination, too.</summary>
    private static bool IsInOrder(ReadOnlySpan<ulong> run)
    {
        for (var k = 1; k < run.Length; k++)
        {
            if (run[k] - run[k - 1] != (1UL << 32) + 1)
            {
                return false;
            }
        }

        return true;
    }

    private int FileOf(int place)
    {
        var found = Array.BinarySearch(_first, place);
        return found >= 0 ? found : ~found - 1;
    }
}
