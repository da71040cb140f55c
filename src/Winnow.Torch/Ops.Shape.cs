namespace Winnow.Torch;

/// <content>Shape, layout, type and picking of elements. Views share the elements of their input.</content>
public static partial class Ops
{
    static readonly Operator s_flatten = new("aten::flatten", "using_ints");
    static readonly Operator s_view = new("aten::view");
    static readonly Operator s_reshape = new("aten::reshape");
    static readonly Operator s_permute = new("aten::permute");
    static readonly Operator s_transpose = new("aten::transpose", "int");
    static readonly Operator s_unsqueeze = new("aten::unsqueeze");
    static readonly Operator s_squeeze = new("aten::squeeze", "dim");
    static readonly Operator s_expand = new("aten::expand");
    static readonly Operator s_contiguous = new("aten::contiguous");
    static readonly Operator s_asStrided = new("aten::as_strided");
    static readonly Operator s_clone = new("aten::clone");
    static readonly Operator s_detach = new("aten::detach");
    static readonly Operator s_toType = new("aten::to", "dtype");
    static readonly Operator s_toDevice = new("aten::to", "device");
    static readonly Operator s_cat = new("aten::cat");
    static readonly Operator s_stack = new("aten::stack");
    static readonly Operator s_narrow = new("aten::narrow");
    static readonly Operator s_select = new("aten::select", "int");
    static readonly Operator s_indexSelect = new("aten::index_select");
    static readonly Operator s_indexCopyInPlace = new("aten::index_copy_");
    static readonly Operator s_index = new("aten::index", "Tensor");
    static readonly Operator s_gather = new("aten::gather");
    static readonly Operator s_flip = new("aten::flip");
    static readonly Operator s_unfold = new("aten::unfold");
    static readonly Operator s_slice = new("aten::slice", "Tensor");
    static readonly Operator s_pad = new("aten::constant_pad_nd");
    static readonly Operator s_reflectionPad = new("aten::reflection_pad2d");

    /// <summary>Merges dimensions first…last into one.</summary>
    public static Tensor Flatten(Tensor input, int first = 0, int last = -1) => s_flatten.Call(input, first, last);

    /// <summary>A view of another shape; one size may be -1. Fails where the memory layout does not allow a view.</summary>
    public static Tensor View(Tensor input, params ReadOnlySpan<long> shape) => s_view.Call(input, shape.ToArray());

    /// <summary>Another shape, a view where possible and a copy where not; one size may be -1.</summary>
    public static Tensor Reshape(Tensor input, params ReadOnlySpan<long> shape) => s_reshape.Call(input, shape.ToArray());

    /// <summary>A view with the dimensions in another order.</summary>
    public static Tensor Permute(Tensor input, params ReadOnlySpan<long> order) => s_permute.Call(input, order.ToArray());

    /// <summary>A view with two dimensions exchanged.</summary>
    public static Tensor Transpose(Tensor input, int first, int second) => s_transpose.Call(input, first, second);

    /// <summary>A view with a dimension of size one put in at a position.</summary>
    public static Tensor Unsqueeze(Tensor input, int dimension) => s_unsqueeze.Call(input, dimension);

    /// <summary>A view without a dimension if it has size one.</summary>
    public static Tensor Squeeze(Tensor input, int dimension) => s_squeeze.Call(input, dimension);

    /// <summary>A view that repeats dimensions of size one; -1 leaves a dimension as it is.</summary>
    public static Tensor Expand(Tensor input, params ReadOnlySpan<long> shape) => s_expand.Call(input, shape.ToArray());

    /// <summary>The elements in an order without gaps; the same memory when they lie so already.</summary>
    public static Tensor Contiguous(Tensor input, MemoryFormat format = MemoryFormat.Contiguous)
    {
        var result = s_contiguous.Call(input, format);
        if (format != MemoryFormat.ChannelsLast || result.Shape is not [_, 1, var height, var width] shape)
        {
            return result;
        }

        // With one channel both orders are the same memory, and libtorch leaves the strides that say the first: convolutions would then give
        // channels-first results, and every operator behind them would pay for the change of order.
        using (result)
        {
            return s_asStrided.Call(result, shape, new[] { height * width, 1, width, 1 });
        }
    }

    /// <summary>A copy.</summary>
    public static Tensor Clone(Tensor input, MemoryFormat format = MemoryFormat.Preserve) => s_clone.Call(input, format);

    /// <summary>A view without history.</summary>
    public static Tensor Detach(Tensor input) => s_detach.Call(input);

    /// <summary>Another element type; the same memory when it is that type already.</summary>
    public static Tensor To(Tensor input, ScalarType type) => s_toType.Call(input, type);

    /// <summary>Another device and element type; the same memory when both are so already. Does not wait for the copy on CUDA.</summary>
    public static Tensor To(Tensor input, Device device, ScalarType type) => s_toDevice.Call(input, device, type);

    /// <summary>Joins tensors along a dimension they have.</summary>
    public static Tensor Cat(ReadOnlySpan<Tensor> tensors, int dimension = 0) => s_cat.Call((Tensor?[])tensors.ToArray(), dimension);

    /// <summary>Joins tensors of one shape along a new dimension.</summary>
    public static Tensor Stack(ReadOnlySpan<Tensor> tensors, int dimension = 0) => s_stack.Call((Tensor?[])tensors.ToArray(), dimension);

    /// <summary>A view of <paramref name="length"/> slices of a dimension from <paramref name="start"/>.</summary>
    public static Tensor Narrow(Tensor input, int dimension, long start, long length) => s_narrow.Call(input, dimension, start, length);

    /// <summary>A view of one slice of a dimension, without that dimension.</summary>
    public static Tensor Select(Tensor input, int dimension, long index) => s_select.Call(input, dimension, index);

    /// <summary>Slices of a dimension in the order of a one-dimensional tensor of indices.</summary>
    public static Tensor IndexSelect(Tensor input, int dimension, Tensor indices) => s_indexSelect.Call(input, dimension, indices);

    /// <summary>Overwrites the slices of a dimension at <paramref name="indices"/> (Int64, each once) with those of <paramref name="source"/>.</summary>
    public static void IndexCopyInPlace(Tensor target, int dimension, Tensor indices, Tensor source) =>
        s_indexCopyInPlace.CallInPlace(target, dimension, indices, source);

    /// <summary>Elements at indices: one tensor of indices per dimension, null for a whole dimension; a Bool tensor picks where it is true.</summary>
    public static Tensor Index(Tensor input, params ReadOnlySpan<Tensor?> indices) => s_index.Call(input, indices.ToArray());

    /// <summary>Along a dimension the element each index names; the indices have as many dimensions as the input.</summary>
    public static Tensor Gather(Tensor input, int dimension, Tensor indices) => s_gather.Call(input, dimension, indices);

    /// <summary>A copy with dimensions reversed.</summary>
    public static Tensor Flip(Tensor input, params ReadOnlySpan<long> dimensions) => s_flip.Call(input, dimensions.ToArray());

    /// <summary>A view of every so manieth element along one dimension, from the first.</summary>
    /// <param name="input">The tensor; nothing is copied.</param>
    /// <param name="dimension">The dimension that becomes shorter.</param>
    /// <param name="step">Elements from one to the next, at least 1.</param>
    public static Tensor EveryNth(Tensor input, int dimension, long step) =>
        s_slice.Call(input, dimension, Argument.None, Argument.None, step);

    /// <summary>A view of all windows along one dimension: that dimension counts them, and a new last one runs inside a window.</summary>
    /// <param name="input">The tensor; nothing is copied.</param>
    /// <param name="dimension">The dimension to slide along.</param>
    /// <param name="size">Elements in a window.</param>
    /// <param name="step">Elements from one window to the next.</param>
    public static Tensor Unfold(Tensor input, int dimension, long size, long step) => s_unfold.Call(input, dimension, size, step);

    /// <summary>Adds a margin of one value: pairs (before, after) from the last dimension backwards; negative numbers cut.</summary>
    public static Tensor Pad(Tensor input, ReadOnlySpan<long> margins, double value = 0) => s_pad.Call(input, margins.ToArray(), value);

    /// <summary>Adds a margin that mirrors the image: left, right, top, bottom, each smaller than the image.</summary>
    public static Tensor ReflectionPad2d(Tensor input, long left, long right, long top, long bottom) =>
        s_reflectionPad.Call(input, new[] { left, right, top, bottom });
}
