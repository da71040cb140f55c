using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tasks.Classification;

/// <summary>
/// A data set on the device, or one whose samples are read from their files while they are used. Images stay bytes (a quarter of their size as floats) and become normalised,
/// augmented float batches in bulk, by tensor operators that run on any device: the same ones on the same numbers, wherever those came from. The tensors belong to the scope in
/// which this was made.
/// </summary>
internal sealed class DeviceData : ISampleReader
{
    private readonly Device _device;
    private readonly SampleSet _set;
    private readonly Augmentation _augmentation;
    private readonly MemoryLayout _layout;
    private readonly bool _masks;
    private readonly Tensor? _samples;
    private readonly Tensor? _windows;
    private readonly Tensor _labels;
    private readonly InputScaling _scaling;
    private readonly Tensor? _rows;
    private readonly Tensor? _columns;
    private readonly Tensor? _zero;

    /// <param name="set">The samples.</param>
    /// <param name="statistics">Where mean and standard deviation come from: the training set, for both splits.</param>
    /// <param name="augmentation">How images are varied; ignored features can't be: it must be none for anything that isn't an image.</param>
    /// <param name="device">Where the tensors live.</param>
    /// <param name="layout">In which memory order batches of images come.</param>
    /// <param name="masks">
    /// Whether the last plane is a mask (<see cref="LoadedData.HasMasks"/>): it is mirrored and cropped with its image, padded with <see cref="LoadedData.IgnoredPixel"/>, and neither normalised nor cut out.
    /// </param>
    public DeviceData(SampleSet set, SampleSet statistics, Augmentation augmentation, Device device, MemoryLayout layout, bool masks = false)
    {
        _masks = masks;
        _device = device;
        _set = set;
        _augmentation = augmentation;
        _layout = layout;
        IsImage = set.IsImage;
        if (set.IsInMemory)
        {
            _samples = FromSet(set, [set.Count, .. SampleShape]).to(device);
            if (augmentation.CropPadding > 0)
            {
                long pad = augmentation.CropPadding;
                var padded = Pad(_samples);
                _windows = Windows(padded);

                // As they are, for passes that vary nothing.
                _samples = padded.narrow(2, pad, set.Shape[1]).narrow(3, pad, set.Shape[2]);
            }
        }

        _labels = TensorData.FromSpan<long>(Widen(set.Labels)).to(device);
        _scaling = new(statistics, device, masks);
        if (augmentation.Cutout > 0)
        {
            _zero = zeros([], ScalarType.Float32, device);
            _rows = arange(set.Shape[1], dtype: ScalarType.Int64, device: device).view(1, 1, set.Shape[1], 1);
            _columns = arange(set.Shape[2], dtype: ScalarType.Int64, device: device).view(1, 1, 1, set.Shape[2]);
        }
    }

    /// <summary>True when samples are images [C, H, W].</summary>
    public bool IsImage { get; }

    /// <summary>How many numbers a sample has.</summary>
    public int SampleLength => _set.SampleLength;

    /// <inheritdoc/>
    public IBatchReader Read(ReadOnlyMemory<int> ids, SampleDraws? draws)
    {
        var uploaded = TensorData.FromSpan<long>(Array.ConvertAll(ids.ToArray(), static id => (long)id)).to(_device);
        return new BatchWindow(this, uploaded, draws is { } from ? Draw(from, ids.Span) : default, _set.IsInMemory ? null : _set.ReadAhead(ids));
    }

    /// <summary>Nothing: the tensors are the scope's.</summary>
    public void Dispose()
    {
    }

    /// <summary>The labels at <paramref name="ids"/>, int64 [B].</summary>
    public Tensor Labels(Tensor ids) => _labels.index_select(0, ids);

    /// <summary>The samples at <paramref name="ids"/> of a set in memory as a normalised float batch [B, C, H, W] or [B, D], varied by the draws from <paramref name="start"/> on.</summary>
    public Tensor Batch(Tensor ids, EpochDraws draws, int start, int count) =>
        Finish(draws.Top is null ? _samples!.index_select(0, ids) : Cut(_windows!, ids, draws, start, count), draws, start, count);

    /// <summary>The same of a set in files.</summary>
    public Tensor Batch(SampleReadAhead ahead, EpochDraws draws, int start, int count)
    {
        var onHost = empty([count, .. SampleShape], _set.ElementType == ElementType.UInt8 ? ScalarType.Byte : ScalarType.Float32);
        ahead.Read(start, onHost.bytes);
        var samples = onHost.to(_device);
        return Finish(draws.Top is null ? samples : Cut(Windows(Pad(samples)), arange(count, ScalarType.Int64, _device), draws, start, count), draws, start, count);
    }

    /// <summary>The augmentation draws of an epoch, in visiting order, made on the host in one go and uploaded once.</summary>
    public EpochDraws Draw(SampleDraws draws, ReadOnlySpan<int> order)
    {
        if (!_augmentation.Any)
        {
            return default;
        }

        var mirror = new byte[order.Length];
        var top = new long[order.Length];
        var left = new long[order.Length];
        var centreY = new long[order.Length];
        var centreX = new long[order.Length];
        var rng = draws.Stream("augment");
        var offsets = (uint)((2 * _augmentation.CropPadding) + 1);
        Span<uint> draw = stackalloc uint[8];
        for (var k = 0; k < order.Length; k++)
        {
            // Eight numbers a sample, at places that belong to the sample: what happens to it doesn't depend on which others are visited.
            rng.Fill((ulong)order[k] * 8, draw);
            mirror[k] = (byte)(draw[0] & 1);
            top[k] = Scale(draw[1], offsets);
            left[k] = Scale(draw[2], offsets);
            if (IsImage)
            {
                centreY[k] = Scale(draw[3], (uint)_set.Shape[1]);
                centreX[k] = Scale(draw[4], (uint)_set.Shape[2]);
            }
        }

        return new EpochDraws
        {
            Mirror = _augmentation.Flip ? TensorData.FromSpan<byte>(mirror).to(ScalarType.Bool).to(_device) : null,
            Top = _augmentation.CropPadding > 0 ? TensorData.FromSpan<long>(top).to(_device) : null,
            Left = _augmentation.CropPadding > 0 ? TensorData.FromSpan<long>(left).to(_device) : null,
            CentreY = _augmentation.Cutout > 0 ? TensorData.FromSpan<long>(centreY).to(_device) : null,
            CentreX = _augmentation.Cutout > 0 ? TensorData.FromSpan<long>(centreX).to(_device) : null,
        };

        static long Scale(uint draw, uint bound) => (long)(((ulong)draw * bound) >> 32);
    }

    private static long[] Widen(ReadOnlySpan<int> labels)
    {
        var wide = new long[labels.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            wide[i] = labels[i];
        }

        return wide;
    }

    private IEnumerable<long> SampleShape => _set.Shape.ToArray().Select(static size => (long)size);

    private static Tensor FromSet(SampleSet set, long[] shape) => set.ElementType == ElementType.UInt8 ? TensorData.FromSpan(set.Bytes, shape) : TensorData.FromSpan(set.Floats, shape);

    private Tensor Pad(Tensor samples)
    {
        long pad = _augmentation.CropPadding;
        var around = (pad, pad, pad, pad);
        return _masks
            ? cat([nn.functional.pad(samples.narrow(1, 0, _set.Channels - 1), around), nn.functional.pad(samples.narrow(1, _set.Channels - 1, 1), around, value: LoadedData.IgnoredPixel)], 1)
            : nn.functional.pad(samples, around);
    }

    /// <summary>A view: window [n, c, dy, dx] is the crop of sample n at offset (dy, dx).</summary>
    private Tensor Windows(Tensor padded) => padded.unfold(2, _set.Shape[1], 1).unfold(3, _set.Shape[2], 1);

    private static Tensor Cut(Tensor windows, Tensor ids, EpochDraws draws, int start, int count) => windows.index(
        TensorIndex.Tensor(ids), TensorIndex.Colon, TensorIndex.Tensor(draws.Top!.narrow(0, start, count)), TensorIndex.Tensor(draws.Left!.narrow(0, start, count)));

    /// <summary>Bytes into their memory order first, since they are a quarter of the floats; what is gathered is nobody else's, so it is normalised in place.</summary>
    private Tensor Finish(Tensor x, EpochDraws draws, int start, int count)
    {
        x = draws.Mirror is null ? x : where(draws.Mirror.narrow(0, start, count).view(count, 1, 1, 1), x.flip(3), x);
        x = _scaling.Apply(IsImage && _layout == MemoryLayout.ChannelsLast ? x.ToChannelsLast() : x);
        if (draws.CentreY is null)
        {
            return x;
        }

        var hole = Hole(draws, start, count);
        return where(_masks ? cat([hole.expand(-1, _set.Channels - 1, -1, -1), zeros_like(hole)], 1) : hole, _zero!, x);
    }

    /// <summary>A boolean mask [B, 1, H, W] of the square around each centre; it may hang over the edge, as in the paper.</summary>
    private Tensor Hole(EpochDraws draws, int start, int count)
    {
        var half = _augmentation.Cutout / 2;
        var y = draws.CentreY!.narrow(0, start, count).view(count, 1, 1, 1);
        var x = draws.CentreX!.narrow(0, start, count).view(count, 1, 1, 1);
        return Inside(_rows!, y).logical_and(Inside(_columns!, x));

        Tensor Inside(Tensor line, Tensor centre)
        {
            var offset = line - centre;
            return offset.ge(-half).logical_and(offset.lt(_augmentation.Cutout - half));
        }
    }
}

/// <summary>The augmentation draws of one epoch in visiting order; a member is null where that variation is off.</summary>
internal readonly record struct EpochDraws
{
    public Tensor? Mirror { get; init; }

    public Tensor? Top { get; init; }

    public Tensor? Left { get; init; }

    public Tensor? CentreY { get; init; }

    public Tensor? CentreX { get; init; }
}
