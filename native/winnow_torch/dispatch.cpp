// Operators: lookup by name, and one boxed call that converts arguments by what the operator's schema asks for.
#include "common.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

using at::Tensor;
using c10::IValue;
using c10::TypeKind;

struct winnow_operator {
  c10::OperatorHandle handle;
  std::string name;
  std::string schema;
};

namespace winnow {
namespace {

IValue tensor_list(const winnow_value& value, const c10::Type& type) {
  auto* handles = static_cast<winnow_tensor* const*>(value.as.pointer);
  const bool optional_elements = type.kind() == TypeKind::ListType &&
      type.castRaw<c10::ListType>()->getElementType()->kind() == TypeKind::OptionalType;
  if (optional_elements) {
    c10::List<optional<Tensor>> list;
    list.reserve(value.count);
    for (int32_t i = 0; i < value.count; i++)
      list.push_back(handles[i] != nullptr ? optional<Tensor>(share(handles[i])) : optional<Tensor>());
    return list;
  }
  c10::List<Tensor> list;
  list.reserve(value.count);
  for (int32_t i = 0; i < value.count; i++) list.push_back(share(handles[i]));
  return list;
}

IValue integer_list(const winnow_value& value, const c10::Type& type) {
  auto* numbers = static_cast<const int64_t*>(value.as.pointer);
  if (type.kind() == TypeKind::ListType && type.castRaw<c10::ListType>()->getElementType()->kind() == TypeKind::BoolType) {
    c10::List<bool> list;
    for (int32_t i = 0; i < value.count; i++) list.push_back(numbers[i] != 0);
    return list;
  }
  return at::IntArrayRef(numbers, value.count);
}

IValue to_ivalue(const winnow_value& value, const c10::Argument& argument) {
  if (value.tag == WINNOW_DEFAULT) {
    TORCH_CHECK(argument.default_value().has_value(), "argument '", argument.name(), "' has no default value; pass one");
    return *argument.default_value();
  }
  c10::TypePtr type = argument.type();
  if (type->kind() == TypeKind::OptionalType) {
    if (value.tag == WINNOW_NONE) return IValue();
    type = type->castRaw<c10::OptionalType>()->getElementType();
  }
  switch (value.tag) {
    case WINNOW_NONE:
      return type->kind() == TypeKind::TensorType ? IValue(Tensor()) : IValue();
    case WINNOW_TENSOR:
      TORCH_CHECK(value.as.pointer != nullptr, "the tensor for argument '", argument.name(), "' is null");
      return share(static_cast<winnow_tensor*>(value.as.pointer));
    case WINNOW_INTEGER:
      if (type->kind() == TypeKind::FloatType) return static_cast<double>(value.as.integer);
      if (type->kind() == TypeKind::BoolType) return value.as.integer != 0;
      // int[2] and the like take one number for all elements.
      if (type->kind() == TypeKind::ListType) {
        return at::IntArrayRef(&value.as.integer, 1);
      }
      return value.as.integer;
    case WINNOW_REAL:
      return value.as.real;
    case WINNOW_BOOLEAN:
      return value.as.integer != 0;
    case WINNOW_STRING:
      return std::string(static_cast<const char*>(value.as.pointer), value.count);
    case WINNOW_INTEGERS:
      return integer_list(value, *type);
    case WINNOW_REALS:
      return at::ArrayRef<double>(static_cast<const double*>(value.as.pointer), value.count);
    case WINNOW_TENSORS:
      return tensor_list(value, *type);
    case WINNOW_DEVICE:
      return device_of(value.count, value.as.integer);
    default:
      TORCH_CHECK(false, "argument '", argument.name(), "' has the unknown tag ", value.tag);
  }
}

void put(winnow_value value, winnow_value* results, int32_t capacity, int32_t& produced) {
  if (produced < capacity) {
    results[produced++] = value;
    return;
  }
  if (value.tag == WINNOW_TENSOR) winnow_tensor_free(static_cast<winnow_tensor*>(value.as.pointer));
  TORCH_CHECK(false, "the operator has more results than the ", capacity, " asked for");
}

void push_result(const IValue& result, winnow_value* results, int32_t capacity, int32_t& produced) {
  winnow_value value{};
  if (result.isTensor()) {
    value.tag = WINNOW_TENSOR;
    value.as.pointer = release(result.toTensor());
  } else if (result.isInt()) {
    value.tag = WINNOW_INTEGER;
    value.as.integer = result.toInt();
  } else if (result.isDouble()) {
    value.tag = WINNOW_REAL;
    value.as.real = result.toDouble();
  } else if (result.isBool()) {
    value.tag = WINNOW_BOOLEAN;
    value.as.integer = result.toBool() ? 1 : 0;
  } else if (result.isTensorList()) {
    for (Tensor tensor : result.toTensorVector()) push_result(IValue(std::move(tensor)), results, capacity, produced);
    return;
  } else if (result.isTuple()) {
    for (const IValue& element : result.toTupleRef().elements()) push_result(element, results, capacity, produced);
    return;
  } else {
    value.tag = result.isNone() ? WINNOW_NONE : WINNOW_OTHER;
  }
  put(value, results, capacity, produced);
}

}  // namespace
}  // namespace winnow

using namespace winnow;

winnow_status winnow_operator_find(const char* name, const char* overload, winnow_operator** out) {
  return guarded(name, [&] {
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    TORCH_CHECK(handle.has_value(), "this libtorch (", TORCH_VERSION, ") has no operator ", name,
                *overload != '\0' ? "." : "", overload);
    *out = new winnow_operator{*handle, std::string(name) + (*overload != '\0' ? "." : "") + overload, c10::toString(handle->schema())};
  });
}

const char* winnow_operator_schema(winnow_operator* op) { return op->schema.c_str(); }

winnow_status winnow_call(winnow_operator* op, const winnow_value* arguments, int32_t count, winnow_value* results, int32_t capacity,
                          int32_t* produced) {
  *produced = 0;
  const winnow_status status = guarded(op->name.c_str(), [&] {
    const auto& expected = op->handle.schema().arguments();
    TORCH_CHECK(count <= static_cast<int64_t>(expected.size()), "got ", count, " arguments, takes ", expected.size(), ": ", op->schema);
    torch::jit::Stack stack;
    stack.reserve(expected.size());
    for (int32_t i = 0; i < count; i++) stack.push_back(to_ivalue(arguments[i], expected[i]));
    for (size_t i = count; i < expected.size(); i++) {
      TORCH_CHECK(expected[i].default_value().has_value(), "argument '", expected[i].name(), "' is missing: ", op->schema);
      stack.push_back(*expected[i].default_value());
    }
    op->handle.callBoxed(&stack);
    for (const IValue& result : stack) push_result(result, results, capacity, *produced);
  });
  if (status != 0) {
    // Results handed out before the failure would have no owner.
    for (int32_t i = 0; i < *produced; i++)
      if (results[i].tag == WINNOW_TENSOR) winnow_tensor_free(static_cast<winnow_tensor*>(results[i].as.pointer));
    *produced = 0;
  }
  return status;
}
