using System.Runtime.InteropServices;

namespace Winnow.Torch.Interop;

/// <summary>Every entry point of winnow_torch.h, in its order. Status-returning functions go through <see cref="Check"/>.</summary>
internal static unsafe partial class Native
{
    public const string Library = "winnow_torch";

    /// <summary>The version of winnow_torch.h this file was written for.</summary>
    public const int AbiVersion = 2;

    static Native() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, NativeLibraryResolver.Resolve);

    [LibraryImport(Library)]
    public static partial int winnow_abi_version();

    [LibraryImport(Library)]
    public static partial int winnow_initialize();

    [LibraryImport(Library)]
    public static partial byte* winnow_last_error(byte** operatorName);

    [LibraryImport(Library)]
    public static partial byte* winnow_torch_version();

    [LibraryImport(Library)]
    public static partial byte* winnow_build_configuration();

    [LibraryImport(Library)]
    public static partial byte* winnow_onednn_isa();

    [LibraryImport(Library)]
    public static partial byte* winnow_blas();

    [LibraryImport(Library)]
    public static partial byte* winnow_library_path();

    [LibraryImport(Library)]
    public static partial int winnow_threads(ref int threads);

    [LibraryImport(Library)]
    public static partial int winnow_seed(ulong seed);

    [LibraryImport(Library)]
    public static partial int winnow_deterministic(int on);

    [LibraryImport(Library)]
    public static partial int winnow_cuda_devices(out int count);

    [LibraryImport(Library)]
    public static partial int winnow_synchronize(int deviceType, int deviceIndex);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int winnow_operator_find(string name, string overload, out nint op);

    [LibraryImport(Library)]
    public static partial byte* winnow_operator_schema(nint op);

    [LibraryImport(Library)]
    public static partial int winnow_call(nint op, Value* arguments, int count, Value* results, int capacity, out int produced);

    [LibraryImport(Library)]
    public static partial int winnow_tensor_from_data(
        void* data, long* sizes, int dimensions, int scalarType, int deviceType, int deviceIndex, out nint tensor);

    [LibraryImport(Library)]
    public static partial int winnow_tensor_read(nint tensor, void* destination, long bytes);

    [LibraryImport(Library)]
    public static partial int winnow_tensor_write(nint tensor, void* source, long bytes);

    [LibraryImport(Library)]
    public static partial int winnow_tensor_describe(nint tensor, out TensorInfo info);

    [LibraryImport(Library)]
    public static partial int winnow_tensor_shape(nint tensor, long* sizes, long* strides);

    [LibraryImport(Library)]
    public static partial int winnow_tensor_is_contiguous(nint tensor, int memoryFormat, out int contiguous);

    [LibraryImport(Library)]
    public static partial int winnow_tensor_set_data(nint tensor, nint data);

    [LibraryImport(Library)]
    public static partial void winnow_tensor_free(nint tensor);

    [LibraryImport(Library)]
    public static partial int winnow_backward(nint tensor, nint gradient, int retainGraph);

    [LibraryImport(Library)]
    public static partial int winnow_requires_grad(nint tensor, int on);

    [LibraryImport(Library)]
    public static partial int winnow_grad(nint tensor, out nint gradient);

    [LibraryImport(Library)]
    public static partial int winnow_clear_grads(nint* tensors, int count);

    [LibraryImport(Library)]
    public static partial int winnow_grad_mode(int on, out int previous);

    [LibraryImport(Library)]
    public static partial int winnow_inference_enter(out nint mode);

    [LibraryImport(Library)]
    public static partial int winnow_inference_exit(nint mode);

    [LibraryImport(Library)]
    public static partial int winnow_autocast_enter(int deviceType, int on, int scalarType, out nint mode);

    [LibraryImport(Library)]
    public static partial int winnow_autocast_exit(nint mode);

    [LibraryImport(Library)]
    public static partial int winnow_norm_relu(
        nint input, nint weight, nint bias, nint residual, nint runningMean, nint runningVariance, int training, double momentum,
        double epsilon, out nint output);

    [LibraryImport(Library)]
    public static partial int winnow_sgd_step(
        nint* parameters, nint* momenta, int count, double learningRate, double momentum, double weightDecay, int nesterov);

    [LibraryImport(Library)]
    public static partial int winnow_adamw_step(
        nint* parameters, nint* firstMoments, nint* secondMoments, int count, double learningRate, double beta1, double beta2,
        double epsilon, double weightDecay, long step);

    [LibraryImport(Library)]
    public static partial int winnow_group_available();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int winnow_store_open(string host, int port, int server, long timeout, out nint store, out int actualPort);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int winnow_store_set(nint store, string key, string value);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int winnow_store_get(nint store, string key, byte* buffer, int capacity);

    [LibraryImport(Library)]
    public static partial void winnow_store_free(nint store);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int winnow_group_create(nint store, string address, int rank, int size, long timeout, out nint group);

    [LibraryImport(Library)]
    public static partial void winnow_group_abandon(nint group);

    [LibraryImport(Library)]
    public static partial void winnow_group_free(nint group);

    [LibraryImport(Library)]
    public static partial int winnow_group_all_reduce(nint group, nint tensor, out nint work);

    [LibraryImport(Library)]
    public static partial int winnow_group_all_gather(nint group, nint tensor, nint gathered, out nint work);

    [LibraryImport(Library)]
    public static partial int winnow_group_broadcast(nint group, nint tensor, int root, out nint work);

    [LibraryImport(Library)]
    public static partial int winnow_group_barrier(nint group, out nint work);

    [LibraryImport(Library)]
    public static partial int winnow_work_wait(nint work);

    [LibraryImport(Library)]
    public static partial int winnow_buckets_create(nint group, nint* parameters, int count, int numbers, long bucketBytes, out nint buckets);

    [LibraryImport(Library)]
    public static partial int winnow_buckets_arm(nint buckets, double* numbers);

    [LibraryImport(Library)]
    public static partial int winnow_buckets_finish(nint buckets, double* numbers);

    [LibraryImport(Library)]
    public static partial void winnow_buckets_free(nint buckets);

    /// <summary>Throws what the native library remembers when <paramref name="status"/> says that a call failed.</summary>
    public static void Check(int status)
    {
        if (status != 0)
        {
            Throw();
        }
    }

    /// <summary>A native string that lives as long as the library.</summary>
    public static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    static void Throw()
    {
        byte* name;
        var message = Text(winnow_last_error(&name));
        throw new TorchException(Text(name), message);
    }
}
