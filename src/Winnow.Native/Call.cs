using System.Text;
using Winnow.Catalog;
using Winnow.Checkpoints;

namespace Winnow.Native;

/// <summary>Runs what an export does: every exception becomes a status and a text of this thread's.</summary>
internal static unsafe class Call
{
    private const int Ok = 0, BadArgument = -1, BadState = -2, BadHandle = -3, Busy = -4, OutOfMemory = -5, Internal = -6, BadCheckpoint = -7;

    [ThreadStatic]
    private static byte[]? s_error;

    public static int Run(Action work)
    {
        try
        {
            work();
            return Ok;
        }
        catch (Exception error)
        {
            return Failed(error);
        }
    }

    private static int Failed(Exception error)
    {
        try
        {
            var (status, text) = error switch
            {
                HandleException => (BadHandle, error.Message),
                BusyException => (Busy, error.Message),
                InputException or ArgumentException or MethodSpecException or KeyNotFoundException or OverflowException => (BadArgument, Plain(error.Message)),
                InvalidOperationException => (BadState, error.Message),
                CheckpointException => (BadCheckpoint, error.Message),
                OutOfMemoryException => (OutOfMemory, "there isn't enough memory for that; use fewer samples, or free plans that aren't needed any more"),
                _ => (Internal, $"{error.GetType().Name}: {error.Message}"),
            };
            s_error = Encoding.UTF8.GetBytes(text);
            return status;
        }
        catch (Exception)
        {
            // Not even a text could be made: the status alone has to do.
            s_error = null;
            return OutOfMemory;
        }
    }

    public static long CopyError(byte* buffer, long capacity)
    {
        var text = s_error ?? [];
        if (buffer is not null && capacity > 0)
        {
            var length = (int)Math.Min(text.Length, capacity - 1);
            // A byte of the form 10xxxxxx continues a character: it isn't cut before one.
            while (length > 0 && length < text.Length && (text[length] & 0xC0) == 0x80)
            {
                length--;
            }

            text.AsSpan(0, length).CopyTo(new Span<byte>(buffer, length));
            buffer[length] = 0;
        }

        return text.Length + 1L;
    }

    // The base class library adds the parameter's name and value, which mean nothing to a caller from another language.
    private static string Plain(string message)
    {
        var end = message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}

internal sealed class HandleException(string message) : Exception(message);

internal sealed class BusyException(string message) : Exception(message);

internal sealed class InputException(string message, Exception? inner = null) : Exception(message, inner);
