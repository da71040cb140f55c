using System.Runtime.InteropServices;
using System.Text;
using Winnow.Torch.Interop;

namespace Winnow.Torch;

/// <summary>
/// One libtorch operator, called through the boxed dispatcher: any operator of libtorch's can be called by name, arguments are converted
/// by its schema, and missing trailing ones take the schema's defaults. Found once, at the first call, and kept for the process.
/// </summary>
public sealed unsafe class Operator
{
    const int StackWords = 128;
    readonly string _name;
    readonly string _overload;
    nint _handle;

    /// <summary>Names an operator; it is looked up at the first call.</summary>
    /// <param name="name">The full name, such as <c>aten::add</c>.</param>
    /// <param name="overload">The overload, such as <c>Tensor</c>; empty for the only or unnamed one.</param>
    public Operator(string name, string overload = "")
    {
        _name = name;
        _overload = overload;
    }

    /// <summary>The operator's schema as libtorch prints it.</summary>
    /// <exception cref="TorchException">This libtorch has no such operator.</exception>
    public string Schema => Native.Text(Native.winnow_operator_schema(Handle));

    nint Handle => _handle != 0 ? _handle : Find();

    /// <summary>Calls an operator with one result.</summary>
    /// <param name="arguments">The arguments in the schema's order.</param>
    /// <returns>The result, owned by the current <see cref="TensorScope"/> or, outside any, by the caller.</returns>
    /// <exception cref="TorchException">libtorch refused the arguments or failed.</exception>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        var produced = Invoke(arguments, &result, 1);
        return produced == 1 && result.Tag == (int)ValueTag.Tensor ? Tensor.Own((nint)result.Bits) : throw Unexpected("one tensor");
    }

    /// <summary>Calls an operator whose result is the tensor it changed, or none.</summary>
    /// <inheritdoc cref="Call" path="/param"/>
    /// <inheritdoc cref="Call" path="/exception"/>
    public void CallInPlace(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        if (Invoke(arguments, &result, 1) == 1 && result.Tag == (int)ValueTag.Tensor)
        {
            Native.winnow_tensor_free((nint)result.Bits);
        }
    }

    /// <summary>Calls an operator whose result is a number or truth value. On another device than the processor this waits for it.</summary>
    /// <inheritdoc cref="Call" path="/param"/>
    /// <inheritdoc cref="Call" path="/exception"/>
    public double CallScalar(params ReadOnlySpan<Argument> arguments)
    {
        Value result;
        Invoke(arguments, &result, 1);
        switch ((ValueTag)result.Tag)
        {
            case ValueTag.Real:
                return BitConverter.Int64BitsToDouble(result.Bits);
            case ValueTag.Integer or ValueTag.Boolean:
                return result.Bits;
            case ValueTag.Tensor:
                Native.winnow_tensor_free((nint)result.Bits);
                break;
        }

        throw Unexpected("one number");
    }

    /// <summary>Calls an operator with several tensors as results.</summary>
    /// <param name="count">How many results to expect, 1 to 16.</param>
    /// <param name="arguments">The arguments in the schema's order.</param>
    /// <returns>The results in the schema's order.</returns>
    /// <inheritdoc cref="Call" path="/exception"/>
    public Tensor[] CallMany(int count, params ReadOnlySpan<Argument> arguments)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 16);
        var values = stackalloc Value[count];
        var produced = Invoke(arguments, values, count);
        var tensors = new Tensor[count];
        for (var i = 0; i < produced; i++)
        {
            tensors[i] = values[i].Tag == (int)ValueTag.Tensor ? Tensor.Own((nint)values[i].Bits) : throw Unexpected($"{count} tensors");
        }

        return produced == count ? tensors : throw Unexpected($"{count} tensors");
    }

    int Invoke(ReadOnlySpan<Argument> arguments, Value* results, int capacity)
    {
        TorchRuntime.PrepareThread();
        var words = 0;
        foreach (ref readonly var argument in arguments)
        {
            words += Words(argument);
        }

        // Lists and strings are laid out behind one pointer for the length of the call; nearly always they fit on the stack.
        Span<long> scratch = words <= StackWords ? stackalloc long[StackWords] : new long[words];
        var values = stackalloc Value[arguments.Length];
        int produced, status;
        fixed (long* memory = scratch)
        {
            var next = memory;
            for (var i = 0; i < arguments.Length; i++)
            {
                values[i] = Lower(arguments[i], ref next);
            }

            *results = default;
            status = Native.winnow_call(Handle, values, arguments.Length, results, capacity, out produced);
        }

        foreach (ref readonly var argument in arguments)
        {
            GC.KeepAlive(argument.Object);
        }

        Native.Check(status);
        return produced;
    }

    static int Words(in Argument argument) => argument.Tag switch
    {
        ValueTag.Integers => ((long[])argument.Object!).Length,
        ValueTag.Tensors => ((Tensor?[])argument.Object!).Length,
        ValueTag.String => (Encoding.UTF8.GetMaxByteCount(((string)argument.Object!).Length) / sizeof(long)) + 1,
        _ => 0,
    };

    static Value Lower(in Argument argument, ref long* next)
    {
        var value = new Value { Tag = (int)argument.Tag, Count = argument.Count, Bits = argument.Bits };
        switch (argument.Tag)
        {
            case ValueTag.Tensor:
                value.Bits = ((Tensor)argument.Object!).Handle;
                break;
            case ValueTag.Integers:
                var numbers = (long[])argument.Object!;
                numbers.CopyTo(new Span<long>(next, numbers.Length));
                value.Count = numbers.Length;
                value.Bits = (long)next;
                next += numbers.Length;
                break;
            case ValueTag.Tensors:
                var tensors = (Tensor?[])argument.Object!;
                for (var i = 0; i < tensors.Length; i++)
                {
                    next[i] = tensors[i]?.Handle ?? 0;
                }

                value.Count = tensors.Length;
                value.Bits = (long)next;
                next += tensors.Length;
                break;
            case ValueTag.String:
                var text = (string)argument.Object!;
                var words = Words(argument);
                value.Count = Encoding.UTF8.GetBytes(text, MemoryMarshal.AsBytes(new Span<long>(next, words)));
                value.Bits = (long)next;
                next += words;
                break;
        }

        return value;
    }

    nint Find()
    {
        Native.Check(Native.winnow_operator_find(_name, _overload, out var handle));
        return _handle = handle;
    }

    InvalidOperationException Unexpected(string wanted) => new($"{Schema} does not give {wanted}; use the call that fits its results.");
}
