using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Winnow.Data;

/// <summary>
/// Samples in an order that is known beforehand, read by threads of its own some windows ahead of who takes them: each window in the order of the files, and handed out in the
/// order that was asked for. Reading begins with the first that is taken. One thread takes; <see cref="Dispose"/> ends the others.
/// </summary>
public sealed unsafe class SampleReadAhead : IDisposable
{
    // Fast disks want several requests at once; a window is large enough for neighbours to be found in it. 24 MiB in all.
    private const int Readers = 12, Windows = 16, WindowBytes = 2 << 20;

    private readonly SampleSet _set;
    private readonly ReadOnlyMemory<int> _ids;
    private readonly int _stride;
    private readonly int _size;
    private readonly object _lock = new();
    private readonly List<Thread> _threads = [];
    private readonly int[] _filled = new int[Windows];
    private byte* _room;
    private int _begin;
    private int _windows;
    private int _next;
    private int _taken;
    private int _position;
    private bool _stop;
    private Exception? _failure;

    /// <param name="set">Where the samples are from.</param>
    /// <param name="ids">All that may be taken, in their order.</param>
    internal SampleReadAhead(SampleSet set, ReadOnlyMemory<int> ids)
    {
        (_set, _ids, _stride) = (set, ids, set.SampleBytes);
        _size = Math.Max(1, WindowBytes / _stride);
        Array.Fill(_filled, -1);
    }

    /// <summary>
    /// Waits for consecutive samples of the order and copies them. They are taken from the first to the last; where the first of all is may be anywhere, and what was taken
    /// before can be had again, at the price of reading it again.
    /// </summary>
    /// <param name="start">The first one's place in the order, 0-based.</param>
    /// <param name="destination">Is filled, with as many samples as it holds.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no such samples in the order.</exception>
    /// <exception cref="DataAccessException">A file was changed or taken away, or can't be read.</exception>
    public void Read(int start, Span<byte> destination)
    {
        var count = destination.Length / _stride;
        if (start < 0 || count > _ids.Length - start || destination.Length % _stride != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(start), start, $"{destination.Length} bytes from sample {start} on aren't whole samples of {_stride} bytes among {_ids.Length}.");
        }

        if (_room == null)
        {
            Begin(start);
        }

        if (start < _position)
        {
            var again = Math.Min(count, _position - start);
            _set.Read(_ids.Span.Slice(start, again), destination[..(again * _stride)]);
            start += again;
            destination = destination[(again * _stride)..];
        }

        while (!destination.IsEmpty)
        {
            var (window, at) = Math.DivRem(start - _begin, _size);
            var some = Math.Min(destination.Length / _stride, Length(window) - at);
            Wait(window);
            Room(window).Slice(at * _stride, some * _stride).CopyTo(destination);
            start += some;
            destination = destination[(some * _stride)..];
            _position = start;
            if (at + some == Length(window))
            {
                Release(window + 1);
            }
        }
    }

    /// <summary>Ends the reading.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stop = true;
            Monitor.PulseAll(_lock);
        }

        foreach (var thread in _threads)
        {
            thread.Join();
        }

        NativeMemory.Free(_room);
        _room = null;
    }

    private void Begin(int start)
    {
        ObjectDisposedException.ThrowIf(_stop, this);
        _set.CheckUnchanged();
        (_begin, _position) = (start, start);
        _windows = (int)(((long)_ids.Length - start + _size - 1) / _size);
        _room = (byte*)NativeMemory.Alloc((nuint)Math.Min(Windows, _windows), (nuint)_size * (nuint)_stride);
        for (var i = 0; i < Math.Min(Readers, _windows); i++)
        {
            _threads.Add(new Thread(Work) { IsBackground = true, Name = "reading ahead" });
            _threads[^1].Start();
        }
    }

    private int Length(int window) => Math.Min(_size, _ids.Length - _begin - (window * _size));

    private Span<byte> Room(int window) => new(_room + ((nint)(window % Windows) * _size * _stride), Length(window) * _stride);

    private void Wait(int window)
    {
        Release(window);
        lock (_lock)
        {
            while (_filled[window % Windows] != window && _failure is null)
            {
                Monitor.Wait(_lock);
            }

            if (_failure is { } failure)
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        }
    }

    /// <summary>Lets the windows before one be overwritten.</summary>
    private void Release(int window)
    {
        lock (_lock)
        {
            if (window > _taken)
            {
                _taken = window;
                Monitor.PulseAll(_lock);
            }
        }
    }

    private void Work()
    {
        try
        {
            while (Claim() is { } window)
            {
                _set.Read(_ids.Span.Slice(_begin + (window * _size), Length(window)), Room(window));
                lock (_lock)
                {
                    _filled[window % Windows] = window;
                    Monitor.PulseAll(_lock);
                }
            }
        }
        catch (Exception error)
        {
            // Thrown on by who waits.
            lock (_lock)
            {
                _failure ??= error;
                _stop = true;
                Monitor.PulseAll(_lock);
            }
        }
    }

    private int? Claim()
    {
        lock (_lock)
        {
            while (!_stop && _next < _windows && _next >= _taken + Windows)
            {
                Monitor.Wait(_lock);
            }

            return _stop || _next >= _windows ? null : _next++;
        }
    }
}
